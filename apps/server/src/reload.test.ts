// SPDX-License-Identifier: Apache-2.0
import { createAuthorityKeys, openAuthority } from '@fairlead/identity/authority';
import { gitEnv, startProgram, systemClock, tempDir, waitFor } from '@fairlead/testing';
import { createHmac, generateKeyPairSync, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { connect, type ClientHttp2Session } from 'node:http2';
import { request } from 'node:https';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { describe, expect, it, onTestFinished } from 'vitest';
import { newFleet, recordOf, serverProgram } from './server.fixture.ts';
import { readServerKeys } from './server-keys.ts';

/** SHA-256 of the certificate that a new connection is shown. */
function shownAt(address: string): Promise<string> {
  const [host = '', port = ''] = address.split(':');
  return new Promise((resolve, reject) => {
    const socket = connectTls(
      { host, port: Number(port), rejectUnauthorized: false, ALPNProtocols: ['http/1.1'] },
      () => {
        resolve(socket.getPeerCertificate().fingerprint256);
        socket.destroy();
      },
    ).on('error', reject);
  });
}

/** The status of a webhook that was signed with this secret. */
function hook(address: string, secret: string): Promise<number | undefined> {
  const signature = createHmac('sha256', secret).update('{}').digest('hex');
  const headers = { 'content-type': 'application/json', 'x-gitea-signature': signature };
  return new Promise((resolve, reject) => {
    request(
      `https://${address}/hooks/git`,
      { method: 'POST', headers, rejectUnauthorized: false },
      (answer) => {
        answer.resume();
        resolve(answer.statusCode);
      },
    )
      .on('error', reject)
      .end('{}');
  });
}

const isAlive = (session: ClientHttp2Session): Promise<boolean> =>
  new Promise((resolve) => {
    if (
      !session.ping((error) => {
        resolve(error === null);
      })
    )
      resolve(false);
  });

function newPair(names: readonly string[]) {
  const key = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    .privateKey.export({ type: 'pkcs8', format: 'pem' })
    .toString();
  return { key, names: [...names] };
}

describe('when a server is told to read its files again', () => {
  it('shows and takes the new ones, drops no connection, and keeps each old one whose new one is not fit', async () => {
    const fleet = await newFleet();
    const dir = await tempDir('reload');
    const at = (name: string): string => join(dir, name);
    const fingerprint = (pem: string): string => new X509Certificate(pem).fingerprint256;
    const ca = await createAuthorityKeys(systemClock.now());
    const webCertificate = async (): Promise<string> => {
      const { key, names } = newPair(['127.0.0.1']);
      const { fleet: id } = await readServerKeys(fleet.keys);
      const { certificate } = await openAuthority(ca).issueServer({
        key,
        fleet: id,
        names,
        now: systemClock.now(),
      });
      await writeFile(at('http.key'), key);
      await writeFile(at('http.crt'), certificate);
      return fingerprint(certificate);
    };
    const firstWeb = await webCertificate();
    await writeFile(at('secret'), 'the first secret\n'.replaceAll(' ', '-'));
    await writeFile(at('config.json'), JSON.stringify({ 'log-level': 'error' }));
    const program = startProgram(
      process.execPath,
      [
        serverProgram,
        ...['--repo', fleet.dir, '--keys', fleet.keys, '--data', at('data'), '--config', at('config.json')],
        ...[
          '--grpc',
          '127.0.0.1:0',
          '--http',
          '127.0.0.1:0',
          '--http-cert',
          at('http.crt'),
          '--http-key',
          at('http.key'),
        ],
        ...['--hook-secret-file', at('secret')],
      ],
      { env: gitEnv },
    );
    const ready = await program.ready();
    const [grpc, http] = [String(ready['grpc']), String(ready['http'])];
    await recordOf(fleet.dir, 'revision', await fleet.head());
    const session = connect(`https://${grpc}`, { rejectUnauthorized: false });
    onTestFinished(() => {
      session.destroy();
    });
    await once(session, 'connect');
    expect(await isAlive(session)).toBe(true);
    const ownPath = join(fleet.keys, 'server/cert.pem');
    const own = await readFile(ownPath, 'utf8');
    expect(await shownAt(grpc)).toBe(fingerprint(own));
    expect(await shownAt(http)).toBe(firstWeb);
    expect(await hook(http, 'the-first-secret')).toBe(202);
    expect(program.stderr()).toBe('');

    const keys = await readServerKeys(fleet.keys);
    const key = keys.server().key;
    const next = await keys.authority.issueServer({
      key,
      fleet: keys.fleet,
      names: ['127.0.0.1'],
      now: systemClock.now(),
    });
    await writeFile(ownPath, next.certificate);
    const secondWeb = await webCertificate();
    await writeFile(at('secret'), 'the-second-secret\n');
    await writeFile(at('config.json'), JSON.stringify({ 'log-level': 'info' }));
    program.process.kill('SIGHUP');
    await waitFor(() => program.stderr().includes('"what":"secret of webhooks","msg":"reloaded"'));
    expect([await shownAt(grpc), await shownAt(http)]).toEqual([fingerprint(next.certificate), secondWeb]);
    expect([await hook(http, 'the-first-secret'), await hook(http, 'the-second-secret')]).toEqual([401, 202]);
    expect(await isAlive(session)).toBe(true);

    // Each is cut short, or belongs to something else.
    await copyFile(at('http.crt'), ownPath);
    await writeFile(at('http.crt'), own);
    await writeFile(at('secret'), 'short');
    await writeFile(at('config.json'), '{"log-level": "loud"}');
    program.process.kill('SIGHUP');
    const refused = () =>
      program
        .stderr()
        .split('\n')
        .filter((line) => line.includes('the old one stays'));
    await waitFor(() => refused().length === 4);
    for (const what of ['log level', 'keys', 'certificate of --http', 'secret of webhooks'])
      expect(refused().join('\n')).toContain(`"what":"${what}"`);
    expect([await shownAt(grpc), await shownAt(http)]).toEqual([fingerprint(next.certificate), secondWeb]);
    expect(await hook(http, 'the-second-secret')).toBe(202);
    expect(await isAlive(session)).toBe(true);
    expect((await program.end()).code).toBe(0);
  }, 120_000);
});
