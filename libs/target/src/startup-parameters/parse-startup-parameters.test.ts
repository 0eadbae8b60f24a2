// SPDX-License-Identifier: Apache-2.0
import { canonicalJson, sha256 } from '@fairlead/base';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { targetBytes } from '../canonical-target.ts';
import { plainContainerSettings } from '../container-settings.ts';
import { containerUnit } from '../container-unit.ts';
import { parseTarget } from '../parse-target.ts';
import { createTarget } from '../target-state.ts';
import { plainAttributes } from '../unit-attributes.ts';
import { otherWays, parameterNames } from './parameter-names.ts';
import { parseStartupParameters, type StartupParameters } from './parse-startup-parameters.ts';

const none = plainAttributes.resources;

function read(parameters: Readonly<Record<string, unknown>>): StartupParameters {
  const parsed = parseStartupParameters(parameters);
  if (!parsed.ok) expect(parsed.error).toEqual([]);
  return parsed.ok ? parsed.value : { settings: plainContainerSettings, resources: none };
}

function problemsOf(parameters: Readonly<Record<string, unknown>>): readonly string[] {
  const parsed = parseStartupParameters(parameters);
  return parsed.ok ? [] : parsed.error.map(({ path, code }) => `${code} ${path.join('.')}`);
}

describe('when startup parameters are read', () => {
  it('changes nothing where nothing is said', () => {
    expect(read({})).toEqual({ settings: plainContainerSettings, resources: none });
    expect(read({ force: false, start: true, validate_ip_addrs: true, 'x-note': 1 })).toEqual(read({}));
  });

  it('takes the template that AutoPi offers', () => {
    const { settings } = read({
      binds: [],
      privileged: false,
      environment: [],
      network_mode: 'bridge',
      port_bindings: [],
      restart_policy: 'unless-stopped',
    });
    expect(settings).toEqual({ ...plainContainerSettings, restart: { kind: 'unless-stopped' } });
  });

  it.each<readonly [string, Readonly<Record<string, unknown>>, object]>([
    [
      'a command line',
      { command: `sh -c 'echo "a b"' x\\ y ""`, entrypoint: [] },
      { command: ['sh', '-c', 'echo "a b"', 'x y', ''], entrypoint: [] },
    ],
    ['who runs it', { user: 1000, group_add: [44, 'audio'] }, { user: '1000', groups: ['44', 'audio'] }],
    [
      'a folder of the host',
      { binds: ['/data/./a//:/data:ro,Z,rshared'] },
      {
        mounts: [
          {
            source: { kind: 'host', path: '/data/a', propagation: 'rshared', relabel: 'private' },
            target: '/data',
            readOnly: true,
          },
        ],
      },
    ],
    [
      'a volume, named and not',
      { binds: { cache: { bind: '/b' } }, volumes: ['/a'] },
      {
        mounts: [
          { source: { kind: 'anonymous' }, target: '/a', readOnly: false },
          { source: { kind: 'volume', name: 'cache' }, target: '/b', readOnly: false },
        ],
      },
    ],
    [
      'memory as a folder',
      { tmpfs: { '/run': 'exec,size=64m,mode=1777' } },
      {
        tmpfs: [
          {
            target: '/run',
            readOnly: false,
            exec: true,
            suid: false,
            dev: false,
            sizeBytes: 67_108_864,
            mode: 0o1777,
          },
        ],
      },
    ],
    [
      'devices',
      { devices: '/dev/ttyUSB0, /dev/a:/dev/b:mr' },
      {
        devices: [
          { path: '/dev/a', target: '/dev/b', permissions: 'rm' },
          { path: '/dev/ttyUSB0', target: '/dev/ttyUSB0', permissions: 'rwm' },
        ],
      },
    ],
    [
      'networks in any form of Salt',
      { network_mode: 'fleet', networks: [{ lab: [{ ipv4_address: '10.0.0.2' }, { aliases: 'b,a' }] }] },
      {
        network: { kind: 'named', name: 'fleet' },
        networks: [{ name: 'lab', aliases: ['a', 'b'], ipv4: '10.0.0.2', ipv6: null }],
      },
    ],
    [
      'ports, of which those that are bound are not named again',
      { ports: [80, '81/UDP'], port_bindings: ['8000-8001:80-81', '127.0.0.1::82'] },
      {
        ports: [
          { hostAddress: '127.0.0.1', hostPorts: null, port: 82, protocol: 'tcp' },
          { hostAddress: null, hostPorts: { first: 8000, last: 8000 }, port: 80, protocol: 'tcp' },
          { hostAddress: null, hostPorts: { first: 8001, last: 8001 }, port: 81, protocol: 'tcp' },
        ],
        exposed: [{ port: 81, protocol: 'udp' }],
      },
    ],
    [
      'hosts',
      { extra_hosts: ['a:2001:DB8::1', 'b:host-gateway'], dns: ['::1'] },
      {
        extraHosts: [
          { name: 'a', to: { kind: 'address', address: '2001:db8::1' } },
          { name: 'b', to: { kind: 'host', interface: null } },
        ],
        dns: { servers: ['::1'], search: [], options: [] },
      },
    ],
    [
      'rights',
      {
        cap_add: ['cap_net_admin', 'SYS_TIME', 'NET_ADMIN'],
        security_opt: 'no-new-privileges,label:disable',
      },
      {
        capabilities: { add: ['NET_ADMIN', 'SYS_TIME'], drop: [] },
        security: { noNewPrivileges: true, apparmor: null, seccomp: null, selinux: ['disable'] },
      },
    ],
    ['processors', { cpuset_cpus: '5,0-1,2,1' }, { cpuSet: '0-2,5' }],
    [
      'logs in files',
      { log_opt: { 'max-size': '1m', 'max-file': '2', mode: 'non-blocking' } },
      { log: { kind: 'files', files: 2, fileBytes: 2 ** 20, folder: null, bufferBytes: 2 ** 20 } },
    ],
    [
      "logs of the engine's own kind",
      { log_driver: 'journald', log_opt: 'tag=a' },
      { log: { kind: 'driver', name: 'journald', options: { tag: 'a' } } },
    ],
    ['its end', { stop_signal: 'INT', shutdown_timeout: 3 }, { stop: { signal: 'SIGINT', graceMs: 3000 } }],
    [
      'names that mean something to JavaScript',
      { labels: ['__proto__=a', 'b'] },
      {
        labels: JSON.parse('{"__proto__":"a","b":""}') as object,
      },
    ],
  ])('takes %s', (_, parameters, settings) => {
    expect(canonicalJson({ ...read(parameters).settings })).toBe(
      canonicalJson({ ...plainContainerSettings, ...settings }),
    );
  });

  it('counts a bound of memory that stands among the resources', () => {
    const resources = { ...none, memoryBytes: 64 * 2 ** 20 };
    expect(parseStartupParameters({ memswap_limit: '128m', pids_limit: 5 }, resources)).toMatchObject({
      ok: true,
      value: { settings: { swapBytes: 128 * 2 ** 20 }, resources: { ...resources, pids: 5 } },
    });
    expect(parseStartupParameters({ mem_limit: '64m' }, resources).ok).toBe(true);
    expect(parseStartupParameters({ mem_limit: '65m' }, resources)).toMatchObject({
      error: [{ path: ['mem_limit'], code: 'conflicting-settings' }],
    });
  });
});

describe('when startup parameters are wrong', () => {
  it('names all of them, each with its path and the way out', () => {
    const parsed = parseStartupParameters({
      priviledged: true,
      auto_remove: true,
      binds: ['/a:/b', 'x'],
      read_only: 'yes',
    });
    expect(parsed.ok ? [] : parsed.error).toMatchObject([
      { path: ['priviledged'], code: 'unknown-key', key: true, suggest: { written: 'priviledged' } },
      { path: ['auto_remove'], code: 'unknown-key', hint: otherWays['auto_remove'] },
      { path: ['binds', 1], code: 'invalid-value' },
      { path: ['read_only'], hint: 'Write true or false, without quotes.' },
    ]);
  });

  it.each<readonly [Readonly<Record<string, unknown>>, string]>([
    [{ command: "sh 'a" }, 'invalid-value command'],
    [{ command: ['sh', 1] }, 'invalid-value command.1'],
    [{ environment: ['A=1', 'A=2'] }, 'invalid-value environment.1'],
    [{ environment: { A: 1 } }, 'invalid-value environment.A'],
    [{ restart_policy: 'always:3' }, 'invalid-value restart_policy'],
    [{ binds: ['data:/x:Z'] }, 'invalid-value binds.0'],
    [{ binds: ['/a/../b:/x'] }, 'invalid-value binds.0'],
    [{ binds: ['/a:/x'], volumes: ['/x/'] }, 'conflicting-settings volumes'],
    [{ tmpfs: { '/run': 'size=10%' } }, 'invalid-value tmpfs'],
    [{ network_mode: 'host', port_bindings: [80] }, 'conflicting-settings port_bindings'],
    [{ port_bindings: ['65536:80'] }, 'invalid-value port_bindings'],
    [{ port_bindings: ['1-65535:1-65535'] }, 'invalid-value port_bindings'],
    [{ ports: ['80/icmp'] }, 'invalid-value ports'],
    [{ networks: { lab: { ipv4_address: '::1' } } }, 'invalid-value networks.lab.ipv4_address'],
    [{ memswap_limit: '64m' }, 'conflicting-settings memswap_limit'],
    [{ mem_limit: '64m', mem_reservation: '65m' }, 'conflicting-settings mem_reservation'],
    [{ stop_timeout: 1, shutdown_timeout: 2 }, 'conflicting-settings shutdown_timeout'],
    [{ stdin_open: true, interactive: false }, 'conflicting-settings interactive'],
    [{ log_driver: 'none', log_opt: ['a=b'] }, 'conflicting-settings log_opt'],
    [{ log_opt: { 'max-sise': '1m' } }, 'invalid-value log_opt.max-sise'],
    [{ ulimits: ['nofile=2:1'] }, 'invalid-value ulimits'],
    [{ cpuset_cpus: '2-1' }, 'invalid-value cpuset_cpus'],
    [{ pid_mode: 'private' }, 'invalid-value pid_mode'],
    [{ volumes_from: ['a:rx'] }, 'invalid-value volumes_from'],
    [{ force: true }, 'conflicting-settings force'],
    [{ start: false }, 'conflicting-settings start'],
  ])('refuses %j', (parameters, problem) => {
    expect(problemsOf(parameters)).toEqual([problem]);
  });
});

const word = fc.constantFrom(
  ...['/a', '/a:/b:ro', 'a=b', '80', '8080:80/udp', '127.0.0.1::80', '64m', 'host', 'none', 'a', '', '1-3'],
  ...['container:a', 'on-failure:3', 'SIGTERM', 'label=disable', '__proto__', 'constructor=1', '0,2', '::1'],
);
const value = fc.oneof(
  word,
  fc.boolean(),
  fc.integer({ min: -2, max: 70_000 }),
  fc.array(word, { maxLength: 3 }),
  fc.dictionary(word, word, { maxKeys: 3 }),
  fc.jsonValue({ maxDepth: 3 }),
);

describe('when anything at all is given as startup parameters', () => {
  it('never throws, and gives nothing that a target state could not hold', () => {
    const image = { reference: 'a', digest: sha256('a'), size: 1 };
    const parameters = fc.dictionary(fc.constantFrom(...parameterNames), value, {
      maxKeys: 4,
      noNullPrototype: true,
    });
    let taken = 0;
    fc.assert(
      fc.property(parameters, (given) => {
        const parsed = parseStartupParameters(given);
        if (!parsed.ok) return;
        taken += 1;
        const { settings, resources } = parsed.value;
        const attributes = { ...plainAttributes, resources };
        const target = createTarget([containerUnit({ name: 'a', image, attributes, ...settings })]);
        expect(parseTarget(targetBytes(target))).toMatchObject({ ok: true });
      }),
      { numRuns: 3_000 },
    );
    expect(taken).toBeGreaterThan(100);
  });
});
