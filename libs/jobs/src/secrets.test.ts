// SPDX-License-Identifier: Apache-2.0
import { execFileSync } from 'node:child_process';
import { globSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Secret, SecretSource } from '@fairlead/engine';
import { unitDigest, type JobUnit } from '@fairlead/target';
import { waitFor } from '@fairlead/testing';
import { describe, expect, it } from 'vitest';
import { createDevice, member, readText, shellJob, type Device } from './device.fixture.ts';

/** Secrets that a test sets. */
function secretsOf(
  values: Readonly<Record<string, string>>,
): SecretSource & { set(name: string, value: string): void } {
  const secrets = new Map<string, Secret>(
    Object.entries(values).map(([name, value]) => [name, { value, mark: 'first' }]),
  );
  return {
    read: (name) => secrets.get(name) ?? null,
    mark: (name) => secrets.get(name)?.mark ?? null,
    set(name, value) {
      secrets.set(name, { value, mark: `set-${value}` });
    },
  };
}

const heal = (device: Device, ...units: readonly JobUnit[]) =>
  device.domain.heal(
    units.map((unit) => ({ unit, digest: unitDigest(unit), runs: true })),
    device.signal,
  );

const config = (data: string) => ({ name: 'default', data, encoding: 'utf8' as const, files: [] });

const untilSaid = (device: Device, text: string, name = 'job') =>
  waitFor(() => device.stdout(name).includes(text), { what: text });

/** Uses a secret in each of the three places, and says them all. */
const user = shellJob('echo "$KEY $(cat) $(cat "$CONF/data")"; exec sleep 1000', {
  env: { PATH: '/usr/bin:/bin', KEY: 'a-{{secrets.KEY}}', CONF: '{{CONFIG}}' },
  stdin: { kind: 'message', text: 'b-{{secrets.KEY}} {{OWN}}' },
  members: [{ ...member, config: 'default', configs: [config('c-{{ secrets.KEY }}')] }],
});

describe('when a job uses secrets', () => {
  it('finds them in environment, stdin and config data', async () => {
    const device = await createDevice({ secrets: secretsOf({ KEY: "it's\n$(x)" }) });
    await device.bring(user);
    await untilSaid(device, "a-it's\n$(x) b-it's\n$(x) {{OWN}} c-it's\n$(x)\n");
  });

  it('leaves them in no list of processes and in no file that others may read', async () => {
    const secret = 'neverseen4711';
    const device = await createDevice({ secrets: secretsOf({ KEY: secret }) });
    const quiet = shellJob('cat >/dev/null; echo up; exec sleep 1000', { ...pick(user) });
    await device.bring(quiet);
    await untilSaid(device, 'up');
    expect(execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' })).not.toContain(secret);
    const holding = globSync('**', { cwd: device.dir }).filter((path) => {
      const found = statSync(join(device.dir, path));
      return found.isFile() && readFileSync(join(device.dir, path)).includes(secret);
    });
    expect(holding.length).toBeGreaterThan(0);
    for (const path of holding)
      expect([path, statSync(join(device.dir, path)).mode & 0o777]).toEqual([path, 0o600]);
  });

  it.each([
    ['missing-secret', { env: { A: '{{secrets.GONE}}' } }],
    ['missing-secret', { stdin: { kind: 'message', text: '{{secrets.GONE}}' } as const }],
    ['missing-secret', { members: [{ ...member, configs: [config('{{secrets.GONE}}')] }] }],
    ['secret-exposed', { args: ['{{secrets.KEY}}'] }],
    ['secret-exposed', { program: '/bin/{{secrets.KEY}}' }],
    ['secret-exposed', { env: { 'no-shell-name': '{{secrets.KEY}}' } }],
  ])('is refused as %s before anything of it is on the device: %j', async (code, changes) => {
    const device = await createDevice({ secrets: secretsOf({ KEY: 'k' }) });
    const staged = await device.domain.stage(shellJob('true', changes), device.signal);
    expect(staged).toMatchObject({ ok: false, error: { code } });
    expect(await device.domain.observe(device.signal)).toEqual([]);
  });
});

describe('when a secret is set anew', () => {
  it('starts its users anew, once, and nobody else', async () => {
    const secrets = secretsOf({ KEY: 'one', OTHER: 'x' });
    const device = await createDevice({ secrets });
    const other = shellJob('echo $KEY; exec sleep 1000', {
      name: 'other',
      env: { PATH: '/usr/bin:/bin', KEY: '{{secrets.OTHER}}' },
    });
    await device.bring(user);
    await device.bring(other);
    await untilSaid(device, 'a-one b-one {{OWN}} c-one');
    const before = [device.process(), device.process('other')];

    secrets.set('KEY', 'two');
    expect(await heal(device, user, other)).toEqual([]);
    await untilSaid(device, 'a-two b-two {{OWN}} c-two');
    const after = device.process();
    expect(after?.pid).not.toBe(before[0]?.pid);
    expect(await heal(device, user, other)).toEqual([]);
    expect(device.process()).toEqual(after);
    expect(device.process('other')).toEqual(before[1]);
  });

  it('is noticed too by an agent that came meanwhile', async () => {
    const secrets = secretsOf({ KEY: 'one' });
    const device = await createDevice({ secrets });
    await device.bring(user);
    await untilSaid(device, 'a-one');
    await device.domain.stop();
    secrets.set('KEY', 'two');
    const next = await device.next();
    await next.heal([{ unit: user, digest: unitDigest(user), runs: true }], device.signal);
    await untilSaid(device, 'a-two');
  });
});

describe('when a config file with a secret was edited', () => {
  it('is put back', async () => {
    const device = await createDevice({ secrets: secretsOf({ KEY: 'one' }) });
    await device.bring(user);
    await untilSaid(device, 'a-one');
    await waitFor(async () => (await device.condition()) === 'running');
    const [file = ''] = globSync(`${device.dir}/jobs/units/job/versions/*/configs/job/default/data`);
    execFileSync('sh', ['-c', 'echo edited >"$1"', 'sh', file]);
    expect(await heal(device, user)).toEqual([
      { name: 'job', message: 'config files were changed: job/default/data', healed: true },
    ]);
    expect(readText(file)).toBe('c-one');
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });
});

function pick({ env, stdin, members }: JobUnit): Partial<JobUnit> {
  return { env, stdin, members };
}
