// SPDX-License-Identifier: Apache-2.0
import { sha256, type Json } from '@fairlead/base';
import { describe, expect, it } from 'vitest';
import { targetBytes } from './canonical-target.ts';
import { containerUnit, type ContainerUnit } from './container-unit.ts';
import { parseTarget } from './parse-target.ts';
import { createTarget } from './target-state.ts';
import { plainAttributes } from './unit-attributes.ts';

const image = { reference: 'registry.example/a:1', digest: sha256('a'), size: 1 };
const bounded = { ...plainAttributes, resources: { memoryBytes: 100, milliCpus: null, pids: null } };

function problemsOf(fields: Record<string, Json>): readonly string[] {
  const unit = { ...containerUnit({ name: 'a', image }), ...fields } as ContainerUnit;
  const parsed = parseTarget(targetBytes(createTarget([unit])));
  return parsed.ok ? [] : parsed.error;
}

const host = (path: string, target: string) => ({
  source: { kind: 'host', path, propagation: 'rprivate', relabel: 'none' },
  target,
  readOnly: false,
});

describe('when a target state has a container', () => {
  it('takes one about which nothing is said', () => {
    expect(problemsOf({})).toEqual([]);
  });

  it.each([
    ['a path in two writings', { mounts: [host('/data/', '/data')] }],
    ['a path that climbs', { mounts: [host('/a/../b', '/data')] }],
    ['a mount over the root', { mounts: [host('/a', '/')] }],
    ['mounts out of order', { mounts: [host('/a', '/b'), host('/a', '/a')] }],
    ['two mounts at one path', { mounts: [host('/a', '/b')], tmpfs: [tmpfs('/b')] }],
    ['permissions in another order', { devices: [{ path: '/dev/a', target: '/dev/a', permissions: 'mwr' }] }],
    ['no permissions', { devices: [{ path: '/dev/a', target: '/dev/a', permissions: '' }] }],
    ['a port beyond 16 bits', { ports: [published({ first: 1, last: 70_000 })] }],
    ['a reversed range', { ports: [published({ first: 2, last: 1 })] }],
    ['ports on the network of the host', { network: { kind: 'host' }, ports: [published(null)] }],
    ['an address in another writing', { dns: { servers: ['2001:DB8::1'], search: [], options: [] } }],
    ['an address with octal digits', { dns: { servers: ['192.168.010.1'], search: [], options: [] } }],
    ['a capability with its prefix', { capabilities: { add: ['CAP_SYS_TIME'], drop: [] } }],
    ['swap without a bound of memory', { swapBytes: 100 }],
    ['less swap than memory', { swapBytes: 99, attributes: bounded }],
    ['more reserved than allowed', { memoryReservationBytes: 101, attributes: bounded }],
    ['a soft limit above the hard one', { ulimits: { nofile: { soft: -1, hard: 1 } } }],
    ['a log driver that is none', { log: { kind: 'driver', name: 'none', options: {} } }],
    ['an unknown setting', { priviledged: true }],
  ])('refuses %s', (_, fields) => {
    expect(problemsOf(fields as Record<string, Json>)).toHaveLength(1);
  });

  function tmpfs(target: string) {
    return { target, readOnly: false, exec: false, suid: false, dev: false, sizeBytes: null, mode: null };
  }

  function published(hostPorts: { first: number; last: number } | null) {
    return { port: 80, protocol: 'tcp', hostAddress: null, hostPorts };
  }
});
