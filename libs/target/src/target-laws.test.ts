// SPDX-License-Identifier: Apache-2.0
import { compareBytes, sha256, type Digest } from '@fairlead/base';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Artifact } from './artifact.ts';
import { targetBytes, unitDigest, unitKey } from './canonical-target.ts';
import { diffTargets, type UnitChange } from './diff-targets.ts';
import type { JobDefinition } from './job-definition.ts';
import type { JobConfig, JobMember, JobUnit } from './job-unit.ts';
import { parseTarget } from './parse-target.ts';
import type { TargetState } from './target-state.ts';
import { targetOf } from './testing/units.ts';

const name = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9_-]{0,20}$/);
const text = fc.string({ unit: 'grapheme', maxLength: 30 });
const argument = text.map((value) => value.replaceAll('\0', ''));
const digest: fc.Arbitrary<Digest> = fc.string().map((value) => sha256(value));
const milliseconds = fc.nat();

function rising<T>(items: fc.Arbitrary<T>, key: (item: T) => string, maxLength = 3): fc.Arbitrary<T[]> {
  return fc
    .uniqueArray(items, { selector: key, maxLength })
    .map((all) => all.toSorted((a, b) => compareBytes(key(a), key(b))));
}

const artifact: fc.Arbitrary<Artifact> = fc.record(
  {
    url: name.map((host) => `https://${host}.example/file`),
    digest,
    size: fc.nat(),
    format: fc.constantFrom('tar', 'zip', 'file'),
    md5: fc.stringMatching(/^[0-9a-f]{32}$/),
  },
  { requiredKeys: ['url', 'digest', 'size', 'format'] },
);

const config: fc.Arbitrary<JobConfig> = fc.record({
  name,
  data: fc.option(text),
  encoding: fc.constantFrom('utf8', 'base64'),
  files: rising(
    fc
      .tuple(artifact, fc.array(name, { minLength: 1, maxLength: 3 }))
      .map(([file, path]) => ({ ...file, path: path.join('/') })),
    (file) => file.path,
  ),
});

const definition: fc.Arbitrary<JobDefinition> = fc.record({
  job: name,
  composite_id: name,
  container_template: name,
  config: text,
  config_name: name,
  message: text,
  wait_for_ok: fc.boolean(),
  defer_running_status: milliseconds,
  no_autostart: fc.boolean(),
  restart: fc.boolean(),
  restart_on_dependency_fail: fc.boolean(),
  restart_limit: fc.nat(),
  restart_pause: milliseconds,
  depends_on: fc.option(fc.array(name)),
  exec_cmd: argument,
  exec_args: fc.option(fc.array(argument)),
  pgid: fc.integer(),
  env: fc.option(fc.array(argument)),
  inherit_env: fc.boolean(),
  die_on_parent_death: fc.boolean(),
  daemonize: fc.boolean(),
  immutable: fc.boolean(),
});

const member: fc.Arbitrary<JobMember> = fc
  .record({
    name,
    image: fc.option(fc.tuple(artifact, name).map(([image, version]) => ({ ...image, version }))),
    configs: rising(config, (item) => item.name, 2),
    useConfig: fc.boolean(),
    definition: fc.option(definition),
  })
  .map(({ useConfig, ...fields }) => ({
    ...fields,
    config: useConfig ? (fields.configs[0]?.name ?? null) : null,
  }));

const job: fc.Arbitrary<JobUnit> = fc.record({
  domain: fc.constant('jobs'),
  name,
  disabled: fc.boolean(),
  autostart: fc.boolean(),
  requires: fc.constant<string[]>([]),
  program: argument.map((value) => `/${value}`),
  args: fc.array(argument, { maxLength: 3 }),
  env: fc.dictionary(
    name.map((key) => `V_${key}`),
    argument,
    { maxKeys: 3, noNullPrototype: true },
  ),
  inheritEnv: fc.boolean(),
  originId: fc.boolean(),
  daemonize: fc.boolean(),
  dieWithAgent: fc.boolean(),
  stdin: fc.oneof(
    fc.constant({ kind: 'none' as const }),
    fc.record({ kind: fc.constant('message' as const), text }),
    fc.record({ kind: fc.constant('composite' as const), processConfig: fc.option(text) }),
  ),
  ready: fc.oneof(
    fc.constant({ kind: 'started' as const }),
    fc.record({ kind: fc.constant('ok-string' as const), timeoutMs: milliseconds }),
    fc.record({ kind: fc.constant('delay' as const), ms: milliseconds }),
  ),
  restart: fc.record({
    enabled: fc.boolean(),
    limit: fc.nat(),
    pauseMs: milliseconds,
    onDependencyFail: fc.boolean(),
  }),
  stop: fc.record({ graceMs: fc.option(milliseconds) }),
  user: fc.option(name),
  group: fc.option(name),
  memoryLimit: fc.option(fc.nat()),
  chroot: fc.oneof(
    fc.constant({ kind: 'none' as const }),
    fc.constant({ kind: 'image' as const }),
    fc.record({ kind: fc.constant('path' as const), path: argument.map((value) => `/${value}`) }),
  ),
  members: fc
    .uniqueArray(member, { selector: (item) => item.name, minLength: 1, maxLength: 3 })
    .map((members) => members.toSorted((a, b) => compareBytes(a.name, b.name))),
});

/** Valid target states of every form. Units require only units that come before them in some order, so there is no circle. */
const arbitraryTarget: fc.Arbitrary<TargetState> = fc
  .tuple(
    fc.uniqueArray(job, { selector: (unit) => unit.name, maxLength: 5 }),
    fc.array(fc.nat(4), { minLength: 10, maxLength: 10 }),
  )
  .map(([units, picks]) =>
    targetOf(...units.map((unit, index) => ({ ...unit, requires: requirementsOf(units, index, picks) }))),
  );

function requirementsOf(
  units: readonly JobUnit[],
  index: number,
  picks: readonly number[],
): readonly string[] {
  const earlier = units.slice(0, index).filter((_, other) => picks[other + index] === 0);
  return earlier.map((unit) => unit.name).toSorted(compareBytes);
}

describe('the canonical form of a target state', () => {
  it('is read back to the same target state', () => {
    fc.assert(
      fc.property(arbitraryTarget, (target) => {
        expect(parseTarget(targetBytes(target))).toEqual({ ok: true, value: target });
      }),
    );
  });
});

/** Applies a difference to the state it was taken from. */
function patch(before: TargetState, changes: readonly UnitChange[]): TargetState {
  const units = new Map(before.units.map((unit) => [unitKey(unit), unit]));
  for (const change of changes) {
    if (change.kind === 'removed') units.delete(unitKey(change.before));
    else units.set(unitKey(change.after), change.after);
  }
  return targetOf(...units.values());
}

const mirrored = { added: 'removed', removed: 'added', changed: 'changed', unchanged: 'unchanged' } as const;
const keyOf = (change: UnitChange): string =>
  unitKey(change.kind === 'removed' ? change.before : change.after);

describe('the difference of two target states', () => {
  it('leads from the one to the other', () => {
    fc.assert(
      fc.property(arbitraryTarget, arbitraryTarget, (a, b) => {
        expect(patch(a, diffTargets(a, b))).toEqual(b);
      }),
    );
  });

  it('of a state and itself is unchanged throughout', () => {
    fc.assert(
      fc.property(arbitraryTarget, (a) => {
        expect(diffTargets(a, a).map((change) => change.kind)).toEqual(a.units.map(() => 'unchanged'));
      }),
    );
  });

  it('reads backwards as its mirror', () => {
    fc.assert(
      fc.property(arbitraryTarget, arbitraryTarget, (a, b) => {
        const there = diffTargets(a, b).map((change) => [keyOf(change), mirrored[change.kind]]);

        expect(diffTargets(b, a).map((change) => [keyOf(change), change.kind])).toEqual(there);
      }),
    );
  });

  it('calls a unit changed exactly when its digest is another', () => {
    fc.assert(
      fc.property(arbitraryTarget, arbitraryTarget, (a, b) => {
        for (const change of diffTargets(a, b)) {
          if (change.kind === 'changed') expect(unitDigest(change.before)).not.toBe(unitDigest(change.after));
          if (change.kind === 'unchanged')
            expect(a.units.map(unitDigest)).toContain(unitDigest(change.after));
        }
      }),
    );
  });
});
