// SPDX-License-Identifier: Apache-2.0
import { sha256 } from '@fairlead/base';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { targetBytes } from '../canonical-target.ts';
import { containerUnit } from '../container-unit.ts';
import { parseTarget } from '../parse-target.ts';
import { createTarget } from '../target-state.ts';
import { plainAttributes } from '../unit-attributes.ts';
import { componentKeys } from './component-keys.ts';
import type { DesiredComponent, KeyValue } from './desired-state.ts';
import { parseComponent } from './parse-component.ts';
import { printComponent } from './print-component.ts';

const of = (...config: readonly (readonly [key: string, value: string])[]): DesiredComponent => ({
  id: 'a',
  version: '1',
  config: config.map(([key, value]) => ({ key, value })),
});

function problemsOf(component: DesiredComponent): readonly string[] {
  const parsed = parseComponent(component);
  return parsed.ok ? [] : parsed.error.map(({ path, code }) => `${code} ${path.join('.')}`);
}

describe('when a component is read', () => {
  it('means the same in any order, and in any writing of a value', () => {
    const one = of(
      ['port', '80:80'],
      ['port', '90-90:90/udp'],
      ['env', 'A=1'],
      ['device', '/dev/a:/dev/b'],
      ['logMaxSize', '1024k'],
      ['mount', '/x//y/:/data'],
    );
    const other = of(
      ['mount', '/x/y:/data:rprivate'],
      ['logMaxSize', '1M'],
      ['device', ' /dev/a:/dev/b:mwr'],
      ['env', 'A=1'],
      ['port', '0.0.0.0:90:90/udp'],
      ['port', '80-80:80/tcp'],
      ['port', '80:80'],
    );
    expect(parseComponent(other)).toEqual(parseComponent(one));
  });

  it.each<readonly [DesiredComponent, string]>([
    [{ id: '_a', version: '1' }, 'invalid-name id'],
    [{ id: 'a'.repeat(60), version: '1' }, 'invalid-name id'],
    [{ id: 'a' }, 'missing-key version'],
    [of(['image', '']), 'invalid-value config.0.value'],
    [of(['prot', '80:80'], ['status', 'Running']), 'unknown-key config.0.key, unknown-key config.1.key'],
    [of(['terminal', 'yes']), 'invalid-value config.0.value'],
    [of(['privileged', 'true'], ['device', '/dev/a:/dev/a']), 'conflicting-settings config.1.value'],
    [of(['port', '80:80'], ['network', 'host']), 'conflicting-settings config.0.value'],
    [of(['host', 'a:host_ip_eth0'], ['network', 'host']), 'conflicting-settings config.0.value'],
    [of(['restartMaxRetries', '3']), 'conflicting-settings config.0.value'],
    [of(['restartPolicy', 'on-failure'], ['restartTimeout', '10s']), 'invalid-value config.1.value'],
    [of(['memorySwap', '64M']), 'conflicting-settings config.0.value'],
    [of(['memory', '64M'], ['memorySwap', '63M']), 'conflicting-settings config.1.value'],
    [of(['memory', '64M'], ['memoryReservation', '65M']), 'conflicting-settings config.1.value'],
    [of(['logDriver', 'none'], ['logMaxFiles', '5']), 'conflicting-settings config.1.value'],
    [of(['logMaxBufferSize', '1M']), 'conflicting-settings config.0.value'],
    [of(['env', 'A=1'], ['env', 'A=2']), 'conflicting-settings config.1.value'],
    [of(['mount', '/a:/x'], ['mount', '/b:/x/']), 'conflicting-settings config.1.value'],
    [of(['mount', '/a:/b:ro']), 'invalid-value config.0.value'],
    [of(['mount', '/a/../b:/x']), 'invalid-value config.0.value'],
  ])('refuses %j', (component, problems) => {
    expect(problemsOf(component).join(', ')).toBe(problems);
  });
});

const texts: Readonly<Record<string, readonly string[]>> = {
  image: ['x', 'registry.example/a:1'],
  restartPolicy: ['no', 'always', 'on-failure', 'unless-stopped'],
  device: ['/dev/a:/dev/b', '/dev/a:/dev/c:r'],
  port: ['80:80', '127.0.0.1:90-99:80/udp', '0:80', 'localhost:1:1'],
  network: ['bridge', 'host'],
  host: ['a:1.2.3.4', 'b:host_ip_eth0', 'c:container_x-host', 'd:2001:DB8::1'],
  mount: ['/a:/b', '/c:/d:rshared'],
  env: ['A=1', 'B=', 'C', 'constructor=1'],
  cmd: ['', '-v', 'a b'],
  logDriver: ['json-file', 'none'],
  logPath: ['/var/log/a'],
  logMode: ['blocking', 'non-blocking'],
  memorySwap: ['-1', '1.1m', '1G', '100M'],
};
const entry: fc.Arbitrary<KeyValue> = fc.constantFrom(...Object.keys(componentKeys)).chain((key) =>
  fc.record({
    key: fc.constant(key),
    value: fc.oneof(
      { weight: 5, arbitrary: fc.constantFrom(...(texts[key] ?? ['0', '3', 'true', '5.3M', '100k'])) },
      { weight: 1, arbitrary: fc.string({ maxLength: 12 }) },
    ),
  }),
);

describe('when anything at all stands in a component', () => {
  it('never throws; what is taken fits into a target state, and is printed so that it is read to the same', () => {
    const image = { reference: 'a', digest: sha256('a'), size: 1 };
    let taken = 0;
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 6 }), (config) => {
        const parsed = parseComponent({ id: 'a', version: '1', config });
        if (!parsed.ok) return;
        taken += 1;
        const { settings, resources } = parsed.value;
        const attributes = { ...plainAttributes, resources };
        const target = createTarget([containerUnit({ name: 'a', image, attributes, ...settings })]);
        expect(parseTarget(targetBytes(target))).toMatchObject({ ok: true });
        expect(parseComponent(printComponent(parsed.value))).toEqual(parsed);
      }),
      { numRuns: 2_000 },
    );
    expect(taken).toBeGreaterThan(200);
  });
});
