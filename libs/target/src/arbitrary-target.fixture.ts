// SPDX-License-Identifier: Apache-2.0
import { compareBytes, sha256, type Digest } from '@fairlead/base';
import * as fc from 'fast-check';
import { arbitrarySettings, rising } from './arbitrary-container.fixture.ts';
import type { Artifact } from './artifact.ts';
import type { ContainerImage, ContainerUnit } from './container-unit.ts';
import type { FirmwareUnit } from './firmware-unit.ts';
import type { JobDefinition } from './job-definition.ts';
import type { JobConfig, JobMember, JobUnit } from './job-unit.ts';
import { createTarget, type TargetSettings, type TargetState, type Unit } from './target-state.ts';
import type { HealthCheck, UnitAttributes } from './unit-attributes.ts';

const name = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9_-]{0,20}$/);
const text = fc.string({ unit: 'grapheme', maxLength: 30 });
const argument = text.map((value) => value.replaceAll('\0', ''));
const digest: fc.Arbitrary<Digest> = fc.string().map((value) => sha256(value));
const milliseconds = fc.nat();

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

const plainJob: fc.Arbitrary<JobUnit> = fc.record({
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

const positive = fc.integer({ min: 1, max: 2 ** 40 });
const when = { boot: fc.boolean(), install: fc.boolean(), intervalSeconds: fc.option(fc.nat()) };

const health: fc.Arbitrary<HealthCheck> = fc.record({
  probe: fc.oneof(
    fc.record({
      kind: fc.constant('command' as const),
      command: fc.array(argument, { minLength: 1, maxLength: 3 }),
    }),
    fc.record({ kind: fc.constant('http' as const), url: name.map((host) => `http://${host}/health`) }),
    fc.record({ kind: fc.constant('tcp' as const), host: name, port: fc.integer({ min: 1, max: 65_535 }) }),
    fc.record({ kind: fc.constant('rpmsg' as const), endpoint: name }),
  ),
  intervalMs: positive,
  timeoutMs: positive,
  retries: positive,
  startPeriodMs: milliseconds,
  windowMs: fc.option(milliseconds),
});

const attributes: fc.Arbitrary<UnitAttributes> = fc
  .record({
    triggers: fc.record(when),
    runlevel: fc.constantFrom(1, 2, 3),
    background: fc.boolean(),
    critical: fc.boolean(),
    health: fc.option(health),
    resources: fc.record({
      memoryBytes: fc.option(positive),
      milliCpus: fc.option(positive),
      pids: fc.option(positive),
    }),
  })
  .map((all) =>
    all.critical ? { ...all, triggers: { boot: false, install: false, intervalSeconds: null } } : all,
  );

const podJob: fc.Arbitrary<JobUnit> = fc.tuple(plainJob, attributes).map(([unit, all]) => ({
  ...unit,
  attributes: { ...all, resources: { ...all.resources, memoryBytes: null } },
}));

const image: fc.Arbitrary<ContainerImage> = fc.record({
  reference: name.map((repository) => `registry.example/${repository}:1`),
  digest,
  size: fc.nat(),
});

const common = { name, disabled: fc.boolean(), requires: fc.constant<string[]>([]), attributes };

const container: fc.Arbitrary<ContainerUnit> = fc
  .tuple(
    fc.record({
      domain: fc.constant('containers' as const),
      ...common,
      pod: fc.option(name),
      image,
      requiredImages: rising(image, ({ reference }) => reference),
      update: fc.constantFrom(
        'download-then-kill' as const,
        'kill-then-download' as const,
        'hand-over' as const,
      ),
      purge: rising(
        name.map((folder) => `/var/lib/${folder}`),
        (path) => path,
      ),
    }),
    arbitrarySettings,
  )
  .map(([unit, all]) => ({ ...all, ...unit }));

const firmware: fc.Arbitrary<FirmwareUnit> = fc.record({
  domain: fc.constant('firmware'),
  ...common,
  processor: fc.option(name),
  recovery: fc.constantFrom('disabled', 'enabled'),
  firmware: fc
    .tuple(artifact, fc.boolean())
    .map(([file, ours]) => (ours ? { ...file, url: 'server:' } : file)),
});

const settings: fc.Arbitrary<TargetSettings> = fc.record({
  apply: fc.oneof(
    fc.constantFrom({ kind: 'now' as const }, { kind: 'idle' as const }),
    fc.record({
      kind: fc.constant('window' as const),
      cron: fc.constant('0 3 * * *'),
      durationMs: positive,
      zone: fc.constantFrom('UTC', 'Europe/Berlin'),
    }),
  ),
  maxOfflineSeconds: fc.option(fc.nat()),
  removeContainers: rising(name, (text) => text),
});

const unitsOf = (unit: fc.Arbitrary<Unit>) =>
  fc
    .tuple(
      fc.uniqueArray(unit, { selector: ({ name }) => name, maxLength: 5 }),
      fc.array(fc.nat(4), { minLength: 10, maxLength: 10 }),
    )
    .map(([units, picks]) =>
      units.map((one, index): Unit => ({ ...one, requires: requirementsOf(units, index, picks) })),
    );

/** Valid target states of every form. Units require only units that come before them in some order, so there is no circle. */
export const arbitraryTarget: fc.Arbitrary<TargetState> = fc.oneof(
  unitsOf(plainJob).map((units) => createTarget(units)),
  fc
    .tuple(unitsOf(fc.oneof(plainJob, podJob, container, firmware)), settings)
    .map((both) => createTarget(...both)),
);

function requirementsOf(units: readonly Unit[], index: number, picks: readonly number[]): readonly string[] {
  const earlier = units.slice(0, index).filter((_, other) => picks[other + index] === 0);
  return earlier.map((unit) => unit.name).toSorted(compareBytes);
}
