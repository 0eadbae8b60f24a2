// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkDesiredState } from '@fairlead/compiler';
import { printDesiredState } from '@fairlead/spec';
import {
  imageVersion,
  parseComponent,
  printComponent,
  splitPerDomain,
  type DesiredComponent,
  type DesiredState,
  type KantoContainer,
} from '@fairlead/target';
import { conformanceDir } from '@fairlead/testing';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { containerRecord, deviceRecord, mountRecord, portRecord } from './container-record.fixture.ts';
import { deviations } from './deviations.ts';

const folder = join(conformanceDir() ?? '', 'kanto');
const bytesOf = (path: string): Uint8Array => readFileSync(join(folder, path));
const json = (path: string): unknown => JSON.parse(Buffer.from(bytesOf(path)).toString('utf8'));
const deviationOf = (file: string, name: string): string | undefined =>
  deviations.find(({ of }) => of === `kanto/${file}: ${name}`)?.here;

/** A container with one setting; undefined where that is refused. */
function containerWith(key: string, value: string): KantoContainer | undefined {
  const parsed = parseComponent({ id: 'a', version: '1', config: [{ key, value }] });
  return parsed.ok ? parsed.value : undefined;
}

interface ParseCase {
  readonly input: string;
  readonly output?: unknown;
  readonly toString?: string;
  readonly error?: string;
}

const parsers = [
  ['derived/parse-port.json', 'port', (one: KantoContainer) => one.settings.ports.map(portRecord)[0]],
  ['derived/parse-device.json', 'device', (one: KantoContainer) => one.settings.devices.map(deviceRecord)[0]],
  ['derived/parse-mount.json', 'mount', (one: KantoContainer) => one.settings.mounts.map(mountRecord)[0]],
  [
    'derived/parse-size.json',
    'logMaxSize',
    ({ settings: { log } }: KantoContainer) => (log.kind === 'files' ? log.fileBytes : undefined),
  ],
] as const;

describe.each(parsers)('when texts of %s are read', (file, key, shown) => {
  const cases = json(file) as readonly ParseCase[];

  it.each(cases)('$input', ({ input, output, error, ...more }) => {
    const container = containerWith(key, input);
    const here = container === undefined ? 'refused' : shown(container);
    const deviation = deviationOf(file, input);
    if (deviation !== undefined) {
      expect(typeof here === 'string' ? here : JSON.stringify(here)).toBe(deviation);
      return;
    }
    expect(here).toEqual(error === undefined ? withDefaults(output) : 'refused');
    // What Kanto writes of it is read to the same, where it can be read at all.
    const written = Object.hasOwn(more, 'toString') ? String(more.toString) : '';
    if (error === undefined && key !== 'logMaxSize' && !written.startsWith(':'))
      expect(containerWith(key, written)).toEqual(container);
  });

  it('knows every deviation by its case', () => {
    const known = cases.map(({ input }) => `kanto/${file}: ${input}`);
    expect(deviations.filter(({ of }) => of.startsWith(`kanto/${file}`) && !known.includes(of))).toEqual([]);
  });
});

/** Kanto fills these in later than it parses. */
function withDefaults(record: unknown): unknown {
  if (typeof record !== 'object' || record === null || !('container_port' in record)) return record;
  const { proto, host_ip, host_port, host_port_end } = record as ReturnType<typeof portRecord>;
  return {
    ...record,
    proto: (proto as string) === '' ? 'tcp' : proto,
    host_ip: host_ip === '' ? '0.0.0.0' : host_ip,
    host_port_end: host_port_end === 0 ? host_port : host_port_end,
  };
}

/** Where Kanto leaves out a value, it is empty. */
type Written = Omit<DesiredComponent, 'config'> & {
  readonly config?: readonly { readonly key: string; readonly value?: string }[];
};

interface ComponentCase {
  readonly component: Written;
  readonly container?: Readonly<Record<string, unknown>>;
  readonly inventoryParameters?: readonly { readonly key: string; readonly value?: string }[];
  readonly error?: string;
}

describe('when a component becomes a container', () => {
  const file = 'derived/component-to-container.json';
  const cases = json(file) as readonly ComponentCase[];
  const filled = ({ config, ...component }: Written): DesiredComponent => ({
    ...component,
    ...(config === undefined ? {} : { config: config.map(({ key, value = '' }) => ({ key, value })) }),
  });

  it.each(cases)('$component.id', ({ component, container, inventoryParameters = [], error }) => {
    const parsed = parseComponent(filled(component));
    const deviation = deviationOf(file, component.id);
    if (deviation !== undefined) {
      expect(parsed.ok ? 'taken' : parsed.error.map(({ code }) => code).join(' ')).toBe(deviation);
      return;
    }
    expect(parsed.ok).toBe(error === undefined);
    if (!parsed.ok) return;
    const record = containerRecord(parsed.value);
    for (const key of Object.keys(record)) expect([key, record[key]]).toEqual([key, container?.[key]]);
    // What the inventory says of it beside its state is among what is printed of it, in the same order.
    const printed = (printComponent(parsed.value).config ?? []).map(({ key, value }) => `${key}=${value}`);
    const reported = inventoryParameters
      .filter(({ key }) => key !== 'status' && key !== 'created')
      .map(({ key, value }) => `${key}=${value ?? ''}`);
    expect(printed.filter((one) => reported.includes(one))).toEqual(reported);
  });

  it('knows every deviation by its case', () => {
    const known = cases.map(({ component }) => `kanto/${file}: ${component.id}`);
    expect(deviations.filter(({ of }) => of.startsWith(`kanto/${file}`) && !known.includes(of))).toEqual([]);
  });
});

describe('when an inventory is made', () => {
  it.each(json('derived/image-version.json') as readonly { input: string; output: string }[])(
    'the version of $input is $output',
    ({ input, output }) => {
      expect(imageVersion(input)).toBe(output);
    },
  );
});

describe('when a desired state is split', () => {
  const split = json('derived/split-per-domain.json') as {
    readonly input: DesiredState;
    readonly output: unknown;
  };

  it('gives each domain its own part', () => {
    expect(Object.fromEntries(splitPerDomain(split.input))).toEqual(split.output);
  });

  it('is refused in a file where a domain stands twice, of which Kanto drops the first', () => {
    expect(codesOf(Buffer.from(JSON.stringify(split.input)))).toEqual([
      'error component-undefined',
      'error duplicate-definition',
    ]);
  });
});

function codesOf(bytes: Uint8Array): readonly string[] {
  const { diagnostics } = checkDesiredState('d.json', bytes);
  return [...new Set(diagnostics.map(({ severity, code }) => `${severity} ${code}`))].toSorted();
}

describe('when desired states of Kanto and Leda are checked', () => {
  it.each([
    'leda-docs/leda-desired-state.json',
    'leda-docs/message-flow-1.json',
    'leda-docs/message-flow-2.json',
    'leda-docs/self-update-start-update-example.json',
    'kanto-docs/container-component-all-keys.json',
    'kanto-docs/update-manager-api-1.json',
    'self-update-agent/tutorial-03.json',
    'self-update-agent/start.json',
    'update-manager/doc-desired-state.json',
    'leda-robot/desired-state-no-containers.json',
    'leda-robot/start-update-example-x86.json',
    'leda-robot/start-update-example-arm64.json',
    'leda-robot/desired-state.json',
  ])('%s', (path) => {
    const file = `upstream/${path}`;
    const { diagnostics, value } = checkDesiredState(path, bytesOf(file));
    const codes = codesOf(bytesOf(file)).filter((code) => code.startsWith('error'));
    expect(codes.join(', ')).toBe(deviationOf(file, path) ?? '');
    if (codes.length > 0 || value === undefined) return;
    // Printed with its defaults it means the same, and is printed the same again.
    const printed = printDesiredState(value.state);
    const again = checkDesiredState(path, Buffer.from(JSON.stringify(printed)));
    expect(again.diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
    expect(printDesiredState(again.value?.state ?? {})).toEqual(printed);
    expect(diagnostics.every(({ line }) => line > 0)).toBe(true);
  });

  it('never throws, however a file is damaged', () => {
    const text = Buffer.from(bytesOf('upstream/kanto-docs/container-component-all-keys.json')).toString(
      'utf8',
    );
    fc.assert(
      fc.property(fc.nat(text.length), fc.nat(40), fc.string({ maxLength: 5 }), (from, length, more) => {
        const damaged = text.slice(0, from) + more + text.slice(from + length);
        const { diagnostics } = checkDesiredState('d.json', Buffer.from(damaged));
        const lines = damaged.split('\n').length;
        expect(diagnostics.every(({ line, endLine }) => line >= 1 && endLine <= lines)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });
});
