// SPDX-License-Identifier: Apache-2.0
import { openRepository } from '@fairlead/git';
import { openFleetLog } from '@fairlead/log';
import { silentLogger } from '@fairlead/base';
import { git, run, systemClock, tempDir } from '@fairlead/testing';
import { once } from 'node:events';
import { symlink } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  newFleet,
  noteOn,
  recordOf,
  recordsIn,
  serverProgram,
  startServer,
  type Fleet,
} from './server.fixture.ts';
import { readServerKeys } from './server-keys.ts';

const allowed = 120_000;

describe('when a commit has errors', () => {
  it(
    'deploys nothing, and tells all of them with their places in record and note',
    async () => {
      const fleet = await newFleet();
      const server = await startServer(fleet, fleet.dir);
      const good = await fleet.head();
      await recordOf(fleet.dir, 'revision', good);
      await symlink('/etc/passwd', join(fleet.dir, 'running/link.json'));
      const bad = await fleet.commit({
        'fleet.json': `{\n  "id": "5f4be3c2-8f0d-4c57-9a41-6f1f0d0c7e11",\n  "organizaton": "x",\n  "groups": {"gateways": {"running-config": ["running/clock.json", "running/big.json", "running/link.json"]}}\n}\n`,
        'devices.json': '{"a": 1, "a": 2}',
        'running/clock.json': '{"config": "running",',
        'running/big.json': `{"config": "running", "x-filling": "${'x'.repeat(2 * 2 ** 20)}"}`,
      });
      const record = await recordOf(fleet.dir, 'refused', bad);
      expect(record.code).toBe('invalid-input');
      const found = new Map(record.diagnostics.map((diagnostic) => [diagnostic.code, diagnostic]));
      expect([...found.keys()]).toEqual(
        expect.arrayContaining([
          'unknown-key',
          'duplicate-key',
          'json-syntax',
          'file-too-large',
          'not-a-file',
        ]),
      );
      expect(found.get('unknown-key')).toMatchObject({ file: 'fleet.json', line: 3 });
      expect(found.get('unknown-key')?.hint).toContain('organization');
      const note = await noteOn(fleet.dir, bad, 'nothing was deployed');
      for (const { message } of record.diagnostics) expect(note).toContain(message);
      expect(note).toContain('fleet.json:3:');
      await server.isReady();
      const mended = await fleet.commit({
        ...(JSON.parse(await textsAt(fleet, good)) as Record<string, string>),
        'running/big.json': null,
        'running/link.json': null,
      });
      await recordOf(fleet.dir, 'revision', mended);
      const kinds = (await recordsIn(fleet.dir)).map(({ kind }) => kind);
      expect(kinds).toEqual(['revision', 'refused', 'revision']);
    },
    allowed,
  );

  it(
    'refuses a counter that does not rise, and another root',
    async () => {
      const fleet = await newFleet();
      await fleet.commit({ 'trust/history.json': { offset: 100 } });
      await startServer(fleet, fleet.dir);
      await recordOf(fleet.dir, 'revision', await fleet.head());
      const lower = await fleet.commit({ 'trust/history.json': null });
      expect(await recordOf(fleet.dir, 'refused', lower)).toMatchObject({ code: 'counter-not-rising' });
      const root = await git((await newFleet()).dir, 'show', 'HEAD:trust/root/1.json');
      const foreign = await fleet.commit({
        'trust/history.json': { offset: 100 },
        'trust/root/1.json': root,
      });
      expect(await recordOf(fleet.dir, 'refused', foreign)).toMatchObject({ code: 'fleet-changed' });
      const back = await fleet.commit({
        'trust/root/1.json': await git(fleet.dir, 'show', 'HEAD~1:trust/root/1.json'),
      });
      await recordOf(fleet.dir, 'revision', back);
    },
    allowed,
  );
});

/** The texts of the fleet's files at a commit, as JSON. */
async function textsAt({ dir }: Fleet, commit: string): Promise<string> {
  const paths = ['fleet.json', 'devices.json', 'running/clock.json'];
  const texts = await Promise.all(paths.map((path) => git(dir, 'show', `${commit}:${path}`)));
  return JSON.stringify(Object.fromEntries(paths.map((path, index) => [path, texts[index]])));
}

describe('when the log is not what it should be', () => {
  it(
    'writes nothing into the repository of another fleet',
    async () => {
      const [fleet, other] = [await newFleet(), await newFleet()];
      const server = await startServer(fleet, fleet.dir, { keys: other.keys });
      await server.reports('fleet-changed');
      expect(await git(fleet.dir, 'for-each-ref', 'refs/fairlead')).toBe('');
      await server.program.end();
      await (await startServer(fleet, fleet.dir)).isReady();
    },
    allowed,
  );

  it(
    'offers nothing while a recorded commit compiles to something else',
    async () => {
      const fleet = await newFleet();
      const head = await fleet.head();
      const first = await startServer(fleet, fleet.dir);
      const recorded = await recordOf(fleet.dir, 'revision', head);
      await first.program.end();
      const keys = await readServerKeys(fleet.keys);
      const repository = await openRepository(fleet.dir, { clock: systemClock });
      if (!repository.ok) throw new Error(repository.error.message);
      const log = openFleetLog({
        repository: repository.value,
        branch: 'main',
        signer: keys.logSigner,
        replica: 'test',
        clock: systemClock,
        logger: silentLogger,
      });
      await log.open(() => undefined);
      const manifest = recorded.manifest.replace(/"root":"sha256:./, '"root":"sha256:0');
      const altered = manifest === recorded.manifest ? manifest.replace('sha256:0', 'sha256:1') : manifest;
      await log.append([{ ...recorded, manifest: altered }]);
      const server = await startServer(fleet, fleet.dir);
      await server.reports('compiler-mismatch');
      await fleet.commit({ a: '2' });
      await server.reports('compiler-mismatch');
      expect((await recordsIn(fleet.dir)).filter(({ kind }) => kind === 'revision')).toHaveLength(2);
    },
    allowed,
  );

  it(
    'signs nothing on top of a commit that is not ours',
    async () => {
      const fleet = await newFleet();
      const server = await startServer(fleet, fleet.dir);
      await recordOf(fleet.dir, 'revision', await fleet.head());
      const log = 'refs/fairlead/revisions';
      const ours = (await git(fleet.dir, 'rev-parse', log)).trim();
      const forged = (await git(fleet.dir, 'commit-tree', '-p', log, '-m', 'mine', `${log}^{tree}`)).trim();
      await git(fleet.dir, 'update-ref', log, forged);
      const next = await fleet.commit({ a: '2' });
      await server.reports('log-forged');
      expect((await git(fleet.dir, 'rev-parse', log)).trim()).toBe(forged);
      await git(fleet.dir, 'update-ref', log, ours);
      await recordOf(fleet.dir, 'revision', next);
      await server.isReady();
    },
    allowed,
  );
});

describe('when two servers watch one repository', () => {
  it(
    'record each commit once, and both go on',
    async () => {
      const fleet = await newFleet();
      const servers = [await startServer(fleet, fleet.dir), await startServer(fleet, fleet.dir)];
      const heads = [await fleet.head()];
      for (let i = 0; i < 4; i += 1) {
        await recordOf(fleet.dir, 'revision', heads.at(-1) ?? '');
        heads.push(await fleet.commit({ a: String(i) }));
      }
      await recordOf(fleet.dir, 'revision', heads.at(-1) ?? '');
      for (const server of servers) await server.isReady();
      const records = await recordsIn(fleet.dir);
      expect(records.map((record) => 'commit' in record && record.commit)).toEqual(heads);
    },
    allowed,
  );
});

describe('when the server is started wrongly', () => {
  it.each([
    ['plain text for everyone', ['--http', '0.0.0.0:0', '--insecure-loopback'], 2, 'misuse'],
    ['half a certificate', ['--http-cert', 'x.pem'], 2, 'misuse'],
    ['no address', ['--grpc', 'nonsense'], 2, 'misuse'],
    ['no keys', ['--keys', '/nowhere'], 3, 'keys-missing'],
    ['no folder for data', ['--data', '/dev/null/data'], 2, 'misuse'],
    ['no credentials', ['--git-credentials-file', '/nowhere'], 2, 'misuse'],
  ])(
    'says what is wrong: %s',
    async (_what, more, code, name) => {
      const fleet = await newFleet();
      const data = join(await tempDir('data'), 'data');
      const args = ['--repo', fleet.dir, '--keys', fleet.keys, '--data', data, '--output', 'json', ...more];
      const ran = await run(process.execPath, [serverProgram, ...args]);
      expect({
        code: ran.code,
        name: (JSON.parse(ran.stdout) as { error: { code: string } }).error.code,
      }).toEqual({ code, name });
    },
    allowed,
  );

  it.each(['--grpc', '--http'])(
    'names the address of %s that another program has, and ends',
    async (flag) => {
      const other = createServer().listen(0, '127.0.0.1');
      onTestFinished(() => {
        other.close();
      });
      await once(other, 'listening');
      const taken = `127.0.0.1:${(other.address() as AddressInfo).port}`;
      const fleet = await newFleet();
      const addresses = { '--grpc': '127.0.0.1:0', '--http': '127.0.0.1:0', [flag]: taken };
      const ran = await run(process.execPath, [
        serverProgram,
        ...['--repo', fleet.dir, '--keys', fleet.keys, '--data', join(await tempDir('data'), 'data')],
        ...Object.entries(addresses).flat(),
      ]);
      expect(ran.code).toBe(3);
      expect(ran.stderr).toContain(`${flag}: another program listens on ${taken}`);
      expect(ran.stderr).toContain('address-in-use');
      expect(ran.stderr).not.toMatch(/^\s+at /m);
    },
    allowed,
  );
});
