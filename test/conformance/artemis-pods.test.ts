// SPDX-License-Identifier: Apache-2.0
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  flattenPod,
  parseArtemisDuration,
  parsePod,
  parsePodReference,
  podDiagnostics,
  printPod,
  type Diagnostic,
  type ParsedPod,
  type PodContainer,
} from '@fairlead/spec';
import { conformanceDir } from '@fairlead/testing';
import { describe, expect, it } from 'vitest';
import { deviations } from './deviations.ts';
import { patched, type PatchStep } from './json-patch.fixture.ts';

const artemis = join(conformanceDir() ?? '', 'artemis');
const json = (path: string): unknown => JSON.parse(readFileSync(join(artemis, path), 'utf8'));

/** One file alone; one that is called only `.yaml` gives the pod no name. */
async function readAlone(content: string, path = '.yaml'): Promise<ParsedPod> {
  const pod = await flattenPod(path, { resolve: () => undefined, read: async () => Buffer.from(content) });
  return parsePod(pod, { dialect: 'artemis' });
}

const said = (found: readonly Diagnostic[], severity: Diagnostic['severity']): readonly string[] =>
  found.filter((one) => one.severity === severity).map(({ message }) => message);

interface Case {
  readonly name: string;
  readonly patch: readonly PatchStep[];
  readonly expect: 'ok' | 'warning' | 'error';
  readonly warning?: string;
  readonly error?: string;
  readonly goalTriggers?: Readonly<Record<string, number>> | null;
  readonly result?: { readonly 'max-offline-seconds': number };
}

interface Table {
  readonly base: unknown;
  readonly cases: readonly Case[];
}

/** What Artemis would write into the goal of its devices. */
function goalOf({ triggers, gpio }: PodContainer): Readonly<Record<string, number>> | null {
  const goal = {
    ...(triggers.boot ? { boot: 1 } : {}),
    ...Object.fromEntries(gpio.map(({ pin, on }) => [`gpio-${on}:${String(pin)}`, pin])),
  };
  return Object.keys(goal).length === 0 ? null : goal;
}

const tables = ['pod-spec-validation.json', 'pod-spec-validation-read-from-source.json'].map(
  (file) => `derived/${file}`,
);

describe.each(tables)('when Artemis judged a specification, in %s', (file) => {
  const { base, cases } = json(file) as Table;
  const deviationOf = (name: string) => deviations.find(({ of }) => of === `artemis/${file}: ${name}`)?.here;

  it.each(cases)('$name: so does the import', async ({ name, patch, ...expected }) => {
    const pod = await readAlone(JSON.stringify(patched(base, patch)));
    const found = podDiagnostics(pod);
    const [errors, warnings] = [said(found, 'error'), said(found, 'warning')];
    expect(errors).toEqual(expected.error === undefined ? [] : [expected.error]);
    expect(warnings).toEqual([expected.warning ?? deviationOf(name) ?? []].flat());
    expect(pod.value === undefined).toBe(expected.expect === 'error');
    if (expected.result !== undefined)
      expect(pod.value?.maxOfflineSeconds ?? 0).toBe(expected.result['max-offline-seconds']);
    if (expected.goalTriggers === undefined) return;
    const started = pod.value?.containers.find((one) => one.name === 'app4') ?? pod.value?.containers[0];
    expect(started === undefined ? undefined : goalOf(started)).toEqual(expected.goalTriggers);
  });

  it('gives what reads back to the same', async () => {
    for (const { patch } of cases) {
      const { value } = await readAlone(JSON.stringify(patched(base, patch)));
      if (value === undefined) continue;
      const again = (await readAlone(JSON.stringify(printPod(value)))).value;
      expect(again === undefined ? undefined : printPod(again)).toEqual(printPod(value));
    }
  });

  it('lists no deviation from a case that does not exist', () => {
    const known = cases.map(({ name }) => `artemis/${file}: ${name}`);
    const ours = deviations.map(({ of }) => of).filter((of) => of.startsWith(`artemis/${file}: `));
    expect(ours.filter((of) => !known.includes(of))).toEqual([]);
  });
});

describe('when Artemis read a duration', () => {
  const { valid, invalid } = json('derived/durations.json') as {
    readonly valid: readonly (readonly [string, number])[];
    readonly invalid: readonly string[];
  };
  it.each(valid)('%j is %i seconds', (text, seconds) => {
    expect(parseArtemisDuration(text)).toBe(seconds);
  });
  it.each(invalid)('%j is none', (text) => {
    expect(parseArtemisDuration(text)).toBeUndefined();
  });
});

interface NamedPod {
  readonly in: string;
  readonly out?: Readonly<Record<string, unknown>>;
  readonly error?: string;
}

describe('when Artemis read the name of a pod', () => {
  const file = 'artemis/derived/pod-references.json';
  const { cases } = json('derived/pod-references.json') as { readonly cases: readonly NamedPod[] };
  const deviationOf = (text: string) => deviations.find(({ of }) => of === `${file}: ${text}`)?.here;

  it.each(cases)('$in is the same here', ({ in: text, out, error }) => {
    const parsed = parsePodReference(text);
    const refused = error ?? deviationOf(text);
    if (refused !== undefined) expect(parsed.ok ? parsed : parsed.error).toContain(refused);
    else expect(parsed.ok ? parsed.value : parsed).toMatchObject(out ?? {});
  });

  it('lists no deviation from a case that does not exist', () => {
    const known = cases.map((one) => `${file}: ${one.in}`);
    const ours = deviations.map(({ of }) => of).filter((of) => of.startsWith(`${file}: `));
    expect(ours.filter((of) => !known.includes(of))).toEqual([]);
  });
});

const specifications = readdirSync(join(artemis, 'examples'), { recursive: true, encoding: 'utf8' }).filter(
  (path) => path.endsWith('.yaml'),
);

/** What these were seen to lack; the rest have no error. */
const errorsOf: Readonly<Record<string, readonly string[]>> = {
  'specification.yaml': ['Invalid sdk-version: SDK-VERSION'],
  'test-base-image.yaml': ['Missing artemis-version in pod specification.'],
  'test-base-tar.yaml': ['Missing artemis-version in pod specification.'],
};

describe.each(specifications)("when Artemis's own specification %s is imported", (path) => {
  it('has the errors that it has there', async () => {
    const pod = await readAlone(readFileSync(join(artemis, 'examples', path), 'utf8'), path);
    expect(said(podDiagnostics(pod), 'error')).toEqual(errorsOf[path] ?? []);
  });
});

describe("when Artemis's showcase is read", () => {
  const path = 'examples/demo-pods/demo-pod.yaml';
  const showcase = readFileSync(join(artemis, path), 'utf8');

  it('is warned of the interval that does nothing', async () => {
    const pod = await readAlone(showcase, path);
    expect(said(podDiagnostics(pod), 'warning')).toContain('Unused entry in container hello: interval');
    expect(pod.value?.containers.find(({ name }) => name === 'hello')?.triggers).toEqual({
      boot: true,
      install: false,
      intervalSeconds: null,
    });
  });

  it('is refused for it with our $schema', async () => {
    const ours = showcase.replaceAll(
      'https://toit.io/schemas/artemis/pod-specification/v1.json',
      'https://fairlead.dev/schemas/pod/v1.json',
    );
    const flat = await flattenPod(path, { resolve: () => undefined, read: async () => Buffer.from(ours) });
    const found = podDiagnostics(parsePod(flat)).find(({ message }) => message.includes("'interval'"));
    expect(found).toMatchObject({
      code: 'unknown-key',
      severity: 'error',
      hint: expect.stringContaining('triggers'),
    });
  });
});
