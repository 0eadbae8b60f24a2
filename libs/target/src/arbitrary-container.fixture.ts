// SPDX-License-Identifier: Apache-2.0
import { canonicalJson, compareBytes } from '@fairlead/base';
import * as fc from 'fast-check';
import { mountPropagations } from './container-files.ts';
import type { ContainerSettings } from './container-settings.ts';

const name = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9_-]{0,20}$/);
const argument = fc.string({ unit: 'grapheme', maxLength: 30 }).map((value) => value.replaceAll('\0', ''));
const positive = fc.integer({ min: 1, max: 2 ** 40 });
const port = fc.integer({ min: 1, max: 65_535 });
const target = fc.array(name, { minLength: 1, maxLength: 3 }).map((parts) => `/${parts.join('/')}`);
const address = fc.oneof(fc.ipV4(), fc.constantFrom('::1', '2001:db8::1', 'fe80::1:2'));
const one = <K extends string>(...kinds: readonly K[]) => fc.constantFrom(...kinds).map((kind) => ({ kind }));
const dictionary = <T>(values: fc.Arbitrary<T>) =>
  fc.dictionary(fc.oneof(name, fc.constantFrom('constructor', '__proto__')), values, {
    maxKeys: 3,
    noNullPrototype: true,
  });

export function rising<T>(
  items: fc.Arbitrary<T>,
  key: (item: T) => string,
  maxLength = 3,
): fc.Arbitrary<T[]> {
  return fc
    .uniqueArray(items, { selector: key, maxLength })
    .map((all) => all.toSorted((a, b) => compareBytes(key(a), key(b))));
}

const texts = (items: fc.Arbitrary<string>) => rising(items, (text) => text);
const capabilities = texts(fc.constantFrom('ALL', 'NET_ADMIN', 'SYS_NICE', 'SYS_TIME'));
const inContainer = fc.record({ kind: fc.constant('container' as const), name });
const exposed = { port, protocol: fc.constantFrom('tcp' as const, 'udp' as const, 'sctp' as const) };

/** Settings of every form; bounds of memory are left out, since they hang on the unit's attributes. */
export const arbitrarySettings: fc.Arbitrary<ContainerSettings> = fc
  .record({
    entrypoint: fc.option(fc.array(argument, { maxLength: 3 })),
    command: fc.option(fc.array(argument, { maxLength: 3 })),
    env: dictionary(fc.option(argument)),
    workingDir: fc.option(target),
    user: fc.option(fc.oneof(name, fc.constant('1000:1000'))),
    groups: texts(name),
    labels: dictionary(argument),
    tty: fc.boolean(),
    stdin: fc.boolean(),
    stop: fc.record({
      signal: fc.option(fc.constantFrom('SIGTERM', 'SIGINT')),
      graceMs: fc.option(fc.nat()),
    }),
    restart: fc.oneof(
      one('no', 'always', 'unless-stopped'),
      fc.record({
        kind: fc.constant('on-failure' as const),
        limit: fc.nat(),
        maxPauseMs: fc.option(positive),
      }),
    ),
    log: fc.oneof(
      one('none'),
      fc.record({
        kind: fc.constant('files' as const),
        files: positive,
        fileBytes: positive,
        folder: fc.option(target),
        bufferBytes: fc.option(positive),
      }),
      fc.record({ kind: fc.constant('driver' as const), name, options: dictionary(argument) }),
    ),
    privileged: fc.boolean(),
    capabilities: fc.record({ add: capabilities, drop: capabilities }),
    security: fc.record({
      noNewPrivileges: fc.boolean(),
      apparmor: fc.option(name),
      seccomp: fc.option(fc.constant('unconfined')),
      selinux: texts(fc.constantFrom('disable', 'type:svirt_t')),
    }),
    readOnlyRoot: fc.boolean(),
    mounts: rising(
      fc.record({
        source: fc.oneof(
          fc.record({
            kind: fc.constant('host' as const),
            path: target,
            propagation: fc.constantFrom(...mountPropagations),
            relabel: fc.constantFrom('none' as const, 'private' as const, 'shared' as const),
          }),
          fc.record({ kind: fc.constant('volume' as const), name }),
          one('anonymous'),
        ),
        target: target.map((path) => `/m${path}`),
        readOnly: fc.boolean(),
      }),
      (mount) => mount.target,
    ),
    tmpfs: rising(
      fc.record({
        target: target.map((path) => `/t${path}`),
        readOnly: fc.boolean(),
        exec: fc.boolean(),
        suid: fc.boolean(),
        dev: fc.boolean(),
        sizeBytes: fc.option(positive),
        mode: fc.option(fc.integer({ min: 0, max: 0o7777 })),
      }),
      (mount) => mount.target,
    ),
    devices: rising(
      fc.record({ path: target, target, permissions: fc.constantFrom('r', 'w', 'rw', 'rwm') }),
      (device) => device.target,
    ),
    volumesFrom: rising(fc.record({ container: name, readOnly: fc.boolean() }), ({ container }) => container),
    shmBytes: fc.option(positive),
    network: fc.oneof(
      one('bridge', 'host', 'none'),
      fc.record({ kind: fc.constantFrom('container' as const, 'named' as const), name }),
    ),
    networks: rising(
      fc.record({
        name,
        aliases: texts(fc.constantFrom('a', 'b')),
        ipv4: fc.option(fc.ipV4()),
        ipv6: fc.option(fc.constant('fd00::2')),
      }),
      (network) => network.name,
    ),
    ports: rising(
      fc.record({
        ...exposed,
        hostAddress: fc.option(address),
        hostPorts: fc.option(
          fc.tuple(port, port).map(([a, b]) => ({ first: Math.min(a, b), last: Math.max(a, b) })),
        ),
      }),
      canonicalJson,
    ),
    exposed: rising(fc.record(exposed), canonicalJson),
    hostname: fc.option(fc.constantFrom('a-host', 'b')),
    domainName: fc.option(fc.constantFrom('a-domain', 'example.org')),
    extraHosts: rising(
      fc.record({
        name: fc.constantFrom('a', 'b.example'),
        to: fc.oneof(
          fc.record({ kind: fc.constant('address' as const), address }),
          fc.record({ kind: fc.constant('host' as const), interface: fc.option(name) }),
          fc.record({ kind: fc.constant('container' as const), hostname: fc.constant('a-host') }),
        ),
      }),
      canonicalJson,
    ),
    dns: fc.record({
      servers: fc.array(address, { maxLength: 2 }),
      search: fc.array(name, { maxLength: 2 }),
      options: fc.array(name, { maxLength: 2 }),
    }),
    pid: fc.oneof(one('private', 'host'), inContainer),
    ipc: fc.oneof(one('private', 'host', 'none', 'shareable'), inContainer),
    hostUsers: fc.boolean(),
    swapBytes: fc.option(fc.constant('unlimited' as const)),
    memoryReservationBytes: fc.constant(null),
    cpuShares: fc.option(fc.integer({ min: 2, max: 262_144 })),
    cpuSet: fc.option(fc.constantFrom('0', '0-2,5')),
    oomScoreAdj: fc.option(fc.integer({ min: -1000, max: 1000 })),
    ulimits: fc.dictionary(
      fc.constantFrom('nofile', 'nproc'),
      fc.constantFrom({ soft: 1, hard: 2 }, { soft: 1, hard: -1 }, { soft: -1, hard: -1 }),
      { noNullPrototype: true },
    ),
    sysctls: dictionary(argument),
  })
  .map((all) =>
    all.network.kind === 'bridge' || all.network.kind === 'named' ? all : { ...all, ports: [] },
  );
