// SPDX-License-Identifier: Apache-2.0
import { sha256 } from '@fairlead/base';
import { runProgram } from '@fairlead/fleet-example';
import { git, tempDir, waitFor } from '@fairlead/testing';
import { readFile } from 'node:fs/promises';
import { get } from 'node:https';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runFleet, type RunningFleet } from './running-fleet.fixture.ts';

let fleet: RunningFleet;
beforeAll(async () => {
  fleet = await runFleet();
});
afterAll(() => fleet.remove());

const harmless = { file: 'running/beacon.json', from: '\\"beatMs\\":5000', to: '\\"beatMs\\":4000' };

describe('when a commit changes what every device runs', () => {
  it('is applied by all and answered with one receipt each, which stands in Git', async () => {
    const commit = await fleet.change('Slower heartbeat', [harmless]);

    const note = await fleet.settled(commit);

    expect(note).toMatch(/^Revision sha256:[0-9a-f]{64} \(counter 2\)$/m);
    expect(note).toMatch(/^gateways: 1 applied, 0 unchanged, 0 failed, 0 pending$/m);
    expect(note).toMatch(/^sensors: {2}2 applied, 0 unchanged, 0 failed, 0 pending$/m);
    const receipts = (await fleet.log()).filter(
      (entry) => entry['counter'] === 2 && entry['kind'] === 'receipt',
    );
    expect(receipts.map((receipt) => receipt['device']).sort()).toEqual(
      fleet.devices.map(({ id }) => id).sort(),
    );
    expect(new Set(receipts.map((receipt) => receipt['result']))).toEqual(new Set(['applied']));
    await fleet.git('fsck', '--strict');
  });
});

describe('when a commit changes one group', () => {
  it('sends nothing to the devices of the other', async () => {
    const offers = async (): Promise<readonly string[]> =>
      (await readFile(fleet.logOf('server'), 'utf8'))
        .split('\n')
        .filter((line) => line.includes('revision offered'));
    const before = (await offers()).length;

    const commit = await fleet.change('Gateways greet otherwise', [
      { file: 'fleet.json', from: '"ahoy"', to: '"moin"' },
    ]);
    const note = await fleet.settled(commit);

    expect(note).toMatch(/^gateways: 1 applied, 0 unchanged/m);
    expect(note).toMatch(/^sensors: {2}0 applied, 2 unchanged/m);
    const gateway = fleet.devices.find(({ name }) => name === 'harbour-gateway');
    const after = (await offers()).slice(before);
    expect(after).toHaveLength(1);
    expect(after[0]).toContain(gateway?.id);
  });
});

describe('when a commit has errors', () => {
  it('deploys nothing, and says every error with its place on the commit', async () => {
    const states = await Promise.all(fleet.devices.map((device) => fleet.ask(device)));

    const commit = await fleet.change('Two mistakes', [
      { file: 'running/beacon.json', from: '"restart_limit": 5', to: '"restart_limt": 5' },
      { file: 'running/watch.json', from: '"depends_on": ["beacon"]', to: '"depends_on": ["bacon"]' },
    ]);
    const note = await waitFor(async () => (await fleet.note(commit)) || undefined);

    expect(note).toContain('nothing was deployed');
    expect(note).toMatch(/running\/beacon\.json:\d+:\d+: .*restart_limt.*\[unknown-key\]\n.*restart_limit/);
    expect(note).toMatch(/running\/watch\.json:\d+:\d+: .*bacon.*\[dependency-unknown\]/);
    const now = await Promise.all(fleet.devices.map((device) => fleet.ask(device)));
    expect(now.map(({ revision }) => revision)).toEqual(states.map(({ revision }) => revision));

    const revert = await fleet.change('Mend them', [
      { file: 'running/beacon.json', from: '"restart_limt": 5', to: '"restart_limit": 5' },
      { file: 'running/watch.json', from: '"depends_on": ["bacon"]', to: '"depends_on": ["beacon"]' },
    ]);
    expect(await fleet.settled(revert)).toMatch(/^gateways: 0 applied, 1 unchanged/m);
  });
});

describe('when a job ends at once', () => {
  it('goes back to what ran before, as one, and the receipt says why', async () => {
    const sensors = fleet.devices.filter(({ name }) => name.endsWith('sensor'));
    const before = await Promise.all(sensors.map((device) => fleet.ask(device)));

    const commit = await fleet.change('A job that cannot start', [
      {
        file: 'running/watch.json',
        from: '{{CONFIG}}/etc/watch.conf',
        to: '/nowhere',
      },
    ]);
    const note = await fleet.settled(commit);

    expect(note).toMatch(/^sensors: {2}0 applied, 0 unchanged, 2 failed, 0 pending$/m);
    expect(note).toMatch(/failed: tide-sensor \((start-failed|restart-limit|health-failed)\)/);
    const after = await Promise.all(sensors.map((device) => fleet.ask(device)));
    expect(after.map(({ target }) => target)).toEqual(before.map(({ target }) => target));
    const receipts = (await fleet.log()).filter(
      (entry) => entry['kind'] === 'receipt' && entry['result'] === 'rolled-back',
    );
    expect(receipts).toHaveLength(2);

    const mended = await fleet.change('Mend it', [
      {
        file: 'running/watch.json',
        from: '/nowhere',
        to: '{{CONFIG}}/etc/watch.conf',
      },
    ]);
    expect(await fleet.settled(mended)).toMatch(
      /^sensors: {2}(2 applied, 0 unchanged|0 applied, 2 unchanged)/m,
    );
  });
});

describe('when people ask', () => {
  it('the metrics have counted what was sent, stored and recorded', async () => {
    const text = await new Promise<string>((resolve, reject) => {
      get(`https://${fleet.server().http}/metrics`, { rejectUnauthorized: false }, (answer) => {
        let body = '';
        answer.setEncoding('utf8').on('data', (part: string) => (body += part));
        answer.once('end', () => {
          resolve(body);
        });
      }).on('error', reject);
    });
    const count = (series: string): number =>
      Number(
        text
          .split('\n')
          .find((line) => line.startsWith(`${series} `))
          ?.split(' ')[1] ?? 0,
      );
    const records = (await fleet.log()).map(({ kind }) => kind);
    const recorded = (kind: string): number => records.filter((each) => each === kind).length;
    expect(count('fairlead_streams')).toBe(fleet.devices.length);
    expect(count('fairlead_offers_total')).toBeGreaterThanOrEqual(fleet.devices.length);
    expect(count('fairlead_receipts_stored_total')).toBe(recorded('receipt'));
    for (const kind of ['revision', 'refused', 'enrolled'])
      expect(count(`fairlead_log_records_total{kind="${kind}"}`), kind).toBe(recorded(kind));
    expect(count('fairlead_compile_seconds_count{outcome="refused"}')).toBe(1);
    expect(count('fairlead_log_append_seconds_count{outcome="failed"}')).toBe(0);
  });

  it('fairlead status names every device with its state', async () => {
    const devices = await waitFor(async () => {
      const found = await fleet.status();
      return found.every(({ state }) => state === 'applied' || state === 'unchanged') && found;
    });
    expect(devices.map(({ id }) => id)).toEqual(fleet.devices.map(({ id }) => id).sort());
  });
});

describe('when an auditor has nothing but a clone and the fleet id', () => {
  const audit = async (repo: string, ...more: readonly string[]) => {
    const { code, stdout } = await runProgram('cli', ['audit', 'verify', '--repo', repo, ...more]);
    return { code, stdout };
  };

  it('the whole log verifies, and what a thief changes in it is named', async () => {
    const dir = await tempDir('audit');
    const root = await fleet.git('show', 'HEAD:trust/root/1.json');
    const trust = ['--root', sha256(root), '--output', 'json'];
    const [plain, mirror] = [join(dir, 'plain'), join(dir, 'mirror.git')];
    await fleet.git('clone', '-q', fleet.repo, plain);

    const missing = await audit(plain, ...trust);
    expect(missing.code).toBe(3);
    const { error } = JSON.parse(missing.stdout) as { error: { code: string; hint: string } };
    expect(error.code).toBe('log-missing');
    const [, refspec = ''] = /git fetch origin '([^']+)'/.exec(error.hint) ?? [];
    await git(plain, 'fetch', '-q', 'origin', refspec);
    expect(JSON.parse((await audit(plain, ...trust)).stdout)).toMatchObject({ ok: true, findings: [] });

    await fleet.git('clone', '-q', '--mirror', fleet.repo, mirror);
    const clean = await audit(mirror, ...trust, '--out', join(dir, 'clean.json'));
    expect(clean.code).toBe(0);
    const report = JSON.parse(await readFile(join(dir, 'clean.json'), 'utf8')) as {
      readonly checked: Record<string, number>;
      readonly devices: readonly { readonly id: string; readonly runs: readonly object[] }[];
    };
    const entries = await fleet.log();
    const count = (kind: string): number => entries.filter((entry) => entry['kind'] === kind).length;
    expect(report.checked).toMatchObject({ revisions: count('revision'), receipts: count('receipt') });
    expect(report.devices.map(({ id }) => id)).toEqual(fleet.devices.map(({ id }) => id).sort());
    expect((await audit(mirror, ...trust, '--since', join(dir, 'clean.json'))).code).toBe(0);

    // Without the server's keys the newest batch of receipts is taken out.
    const refs = (await git(mirror, 'for-each-ref', '--format=%(refname)', 'refs/fairlead/receipts')).trim();
    const [ref = ''] = refs.split('\n');
    const before = (await git(mirror, 'rev-list', '--count', ref)).trim();
    await git(mirror, 'update-ref', ref, `${ref}~1`);
    expect(Number(before)).toBeGreaterThan(1);
    const cut = await audit(mirror, ...trust, '--since', join(dir, 'clean.json'));
    expect(cut.code).toBe(1);
    expect(JSON.parse(cut.stdout)).toMatchObject({
      ok: false,
      findings: [{ code: 'log-cut', place: { ref } }],
    });
    // A line of a batch is changed, and committed by somebody else.
    const tree = (await git(mirror, 'rev-parse', 'refs/fairlead/revisions^{tree}')).trim();
    const forged = await git(mirror, 'commit-tree', tree, '-p', 'refs/fairlead/revisions', '-m', 'revision');
    await git(mirror, 'update-ref', 'refs/fairlead/revisions', forged.trim());
    const text = await audit(mirror, '--root', sha256(root));
    expect(text.code).toBe(1);
    expect(text.stdout).toMatch(/^NOT OK /);
    expect(text.stdout).toContain(`error [log-forged] refs/fairlead/revisions ${forged.trim()}`);
  });
});
