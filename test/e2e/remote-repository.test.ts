// SPDX-License-Identifier: Apache-2.0
import { createDemoFleet, edit, type DemoFleet } from '@fairlead/fleet-example';
import { git, selfSigned, startGitHttp, waitFor, type GitHttp } from '@fairlead/testing';
import { createHmac } from 'node:crypto';
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';

let dir: string;
let fleet: DemoFleet;
let forge: GitHttp;
beforeAll(async () => {
  dir = await realpath(await mkdtemp(join(tmpdir(), 'fairlead-remote-')));
  fleet = await createDemoFleet({ dir });
  await mkdir(join(dir, 'forge'));
  forge = await startGitHttp({ root: join(dir, 'forge'), tls: await selfSigned(dir) });
  forge.admit('fairlead:a-token');
});
afterAll(async () => {
  await fleet.stop();
  await forge.close();
  await rm(dir, { recursive: true, force: true });
});

it('when the fleet is on a forge, a push is applied, and whoever clones reads what became of it', async () => {
  const bare = join(dir, 'forge', 'fleet.git');
  await fleet.commit('Begin the fleet');
  await git(dir, 'clone', '-q', '--bare', fleet.repo, bare);
  await writeFile(join(dir, 'credentials'), `fairlead:a-token@127.0.0.1:${String(forge.port)}\n`);
  await writeFile(join(dir, 'hook-secret'), 'known-to-the-forge\n');
  const server = await fleet.startServer({
    env: { NODE_EXTRA_CA_CERTS: join(dir, 'cert.pem') },
    flags: [
      ...['--repo', forge.url('fleet.git'), '--git-credentials-file', join(dir, 'credentials')],
      ...['--poll', '1h', '--hook-secret-file', join(dir, 'hook-secret')],
    ],
  });
  const [device] = fleet.devices;
  if (device === undefined) throw new Error('the example has no devices');
  const receipts = async (): Promise<string> => {
    const refs = await git(bare, 'for-each-ref', '--format=%(refname)', 'refs/fairlead/receipts');
    const [segment] = refs.split('\n');
    return segment === undefined || segment === '' ? '' : git(bare, 'log', '--format=%s', segment);
  };
  await fleet.startAgent(device, server, { flags: ['--health-window', '500ms'] });
  await waitFor(async () => (await receipts()) === '1 receipt\n');

  const harmless = { file: 'running/beacon.json', from: '\\"beatMs\\":5000', to: '\\"beatMs\\":4000' };
  await edit(fleet.repo, [harmless]);
  await git(fleet.repo, 'commit', '-q', '-a', '-m', 'Slower heartbeat');
  await git(fleet.repo, 'push', '-q', bare, 'HEAD:main');
  expect(await hook(server.http, '{"ref":"refs/heads/main"}')).toBe(202);
  await waitFor(async () =>
    (await git(bare, 'log', '--notes=fairlead', '-1', '--format=%N', 'main')).includes('1 applied'),
  );
  expect(await receipts()).toBe('1 receipt\n1 receipt\n');

  const clone = join(dir, 'clone');
  await git(dir, 'clone', '-q', bare, clone);
  await git(clone, 'fetch', '-q', 'origin', 'refs/notes/*:refs/notes/*', 'refs/fairlead/*:refs/fairlead/*');
  expect(await git(clone, 'log', '--notes=fairlead', '-1')).toMatch(
    /Slower heartbeat[^]*Notes \(fairlead\):\n +Revision sha256:[0-9a-f]{64} \(counter 2\)[^]*1 applied/,
  );
  await git(clone, 'fsck', '--strict');
});

function hook(address: string, body: string): Promise<number | undefined> {
  const mac = createHmac('sha256', 'known-to-the-forge').update(body).digest('hex');
  const [host, port] = address.split(':');
  return new Promise((resolve, reject) => {
    request(
      {
        ...{ host, port, method: 'POST', path: '/hooks/git', rejectUnauthorized: false },
        headers: { 'content-type': 'application/json', 'x-hub-signature-256': `sha256=${mac}` },
      },
      (answer) => {
        answer.resume();
        resolve(answer.statusCode);
      },
    )
      .on('error', reject)
      .end(body);
  });
}
