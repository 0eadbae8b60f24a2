// SPDX-License-Identifier: Apache-2.0
import { createSign } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import { hasRegistry, registryLogin, selfSigned, startRegistry, tempDir } from '@fairlead/testing';
import { sha256 } from '@fairlead/base';
import { formatImageReference, parseImageReference } from '@fairlead/spec';
import { describe, expect, it } from 'vitest';
import { newResolver, pour, startHost, type Handler } from './host.fixture.ts';

const { signal } = new AbortController();

function meaningOf(written: string, registryCredentialsFile?: string) {
  const parsed = parseImageReference(written);
  const reference = parsed.ok ? formatImageReference(parsed.value) : written;
  return newResolver({ registryCredentialsFile }).resolve({ kind: 'image', reference }, signal);
}

async function credentialsFile(content: unknown): Promise<string> {
  const file = join(await tempDir('credentials'), 'config.json');
  await writeFile(file, typeof content === 'string' ? content : JSON.stringify(content));
  return file;
}

const auth = Buffer.from(`${registryLogin.user}:${registryLogin.password}`).toString('base64');
const basic = { authorization: `Basic ${auth}` };

describe.skipIf(!(await hasRegistry()))(
  'when an image is resolved (needs the package docker-registry)',
  () => {
    it('is the digest of the manifest that the tag names, and the bytes of config and layers, each once', async () => {
      const registry = await startRegistry();
      const first = await registry.push('team/app', '1', ['layer', 'layer of another size']);
      expect(await meaningOf(`${registry.host}/team/app:1`)).toEqual({ kind: 'image', entry: first });
      expect(await meaningOf(`${registry.host}/team/app@${first.digest}`)).toEqual({
        kind: 'image',
        entry: first,
      });
      const twice = await registry.push('team/app', '2', ['same', 'same']);
      expect(await meaningOf(`${registry.host}/team/app:2`)).toEqual({
        kind: 'image',
        entry: { ...twice, size: twice.size - 'same'.length },
      });
    });

    it('is of an index its digest and the largest of its platforms; attestations are none', async () => {
      const registry = await startRegistry();
      const small = await registry.push('app', 'small', ['x']);
      const large = await registry.push('app', 'large', ['x'.repeat(1000)]);
      const attestation = await registry.push('app', 'attestation', ['x'.repeat(5000)]);
      const linux = (architecture: string) => ({ os: 'linux', architecture });
      const digest = await registry.pushIndex('app', 'latest', [
        { digest: small.digest, platform: linux('amd64') },
        { digest: large.digest, platform: linux('arm64') },
        { digest: attestation.digest, platform: { os: 'unknown', architecture: 'unknown' } },
      ]);
      expect(await meaningOf(`${registry.host}/app`)).toEqual({
        kind: 'image',
        entry: { digest, size: large.size },
      });
    });

    it('says what there is not', async () => {
      const registry = await startRegistry();
      await registry.push('app', '1', ['x']);
      await expect(meaningOf(`${registry.host}/app:2`)).rejects.toMatchObject({
        code: 'reference-missing',
        message: `the registry ${registry.host} has no ${registry.host}/app:2`,
      });
      await expect(meaningOf(`${registry.host}/other:1`)).rejects.toMatchObject({
        code: 'reference-missing',
      });
    });

    it('gives a password where one is asked for, from the file and to this registry alone', async () => {
      const registry = await startRegistry({ auth: 'password' });
      const pushed = await registry.push('app', '1', ['x'], basic);
      const name = `${registry.host}/app:1`;
      await expect(meaningOf(name)).rejects.toMatchObject({
        code: 'credentials-refused',
        hint: expect.stringContaining('--registry-credentials-file'),
      });
      const files = {
        right: await credentialsFile({ auths: { [registry.host]: { auth } } }),
        asDockerWritesIt: await credentialsFile({
          auths: { [`http://${registry.host}/v1/`]: { username: 'user', password: 'secret' } },
          credsStore: 'desktop',
        }),
        wrong: await credentialsFile({ auths: { [registry.host]: { username: 'user', password: 'no' } } }),
        another: await credentialsFile({ auths: { '127.0.0.1': { auth } } }),
        broken: await credentialsFile('{"auths": "hunter2"}'),
      };
      expect(await meaningOf(name, files.right)).toEqual({ kind: 'image', entry: pushed });
      expect(await meaningOf(name, files.asDockerWritesIt)).toEqual({ kind: 'image', entry: pushed });
      for (const file of [files.wrong, files.another, files.broken, '/nowhere'])
        await expect(meaningOf(name, file)).rejects.toMatchObject({ code: 'credentials-refused' });
      await expect(meaningOf(name, files.broken)).rejects.not.toMatchObject({
        message: expect.stringContaining('hunter2'),
      });
    });

    it('fetches a token where one is asked for: anonymous, for a login, or for the token of one', async () => {
      const { asked, realm, certificate } = await startTokens();
      const registry = await startRegistry({ auth: { realm, certificate } });
      const pushed = await registry.push('app', '1', ['x'], {
        authorization: `Bearer ${await tokenAt(realm)}`,
      });
      asked.length = 0;
      const name = `${registry.host}/app:1`;
      expect(await meaningOf(name)).toEqual({ kind: 'image', entry: pushed });
      await meaningOf(name, await credentialsFile({ auths: { [registry.host]: { auth } } }));
      await meaningOf(
        name,
        await credentialsFile({ auths: { [registry.host]: { auth, identitytoken: 'it' } } }),
      );
      const query = 'service=registry&scope=repository%3Aapp%3Apull';
      expect(asked).toEqual([
        `GET ${query} undefined `,
        `GET ${query} Basic ${auth} `,
        `POST  undefined ${query}&grant_type=refresh_token&client_id=fairlead&refresh_token=it`,
      ]);
    });
  },
);

describe('when a registry is rude', () => {
  const manifest = JSON.stringify({ config: { digest: `sha256:${'a'.repeat(64)}`, size: 1 }, layers: [] });
  const manifests = (size: number) =>
    JSON.stringify({
      manifests: Array.from({ length: size }, () => ({ digest: `sha256:${'a'.repeat(64)}` })),
    });

  const inner = manifests(1);
  const outer = JSON.stringify({ manifests: [{ digest: sha256(inner) }] });

  it.each<[string, string, Handler]>([
    ['remote-unusable', 'sends more than 4194304 bytes', (_, to) => pour(to)],
    ['remote-unusable', 'names is no JSON', (_, to) => to.end('<html>')],
    [
      'remote-unusable',
      'neither an image nor an index',
      (_, to) => to.end('{"schemaVersion":1,"fsLayers":[]}'),
    ],
    ['remote-unusable', 'names more than 64 images', (_, to) => to.end(manifests(65))],
    ['remote-unusable', 'names no image', (_, to) => to.end(manifests(0))],
    [
      'remote-unusable',
      'is an index of indexes',
      ({ url = '' }, to) => to.end(url.endsWith('/1') ? outer : inner),
    ],
    [
      'remote-unusable',
      'sends other bytes than those of sha256:00',
      (_, to) => to.setHeader('docker-content-digest', `sha256:${'0'.repeat(64)}`).end(manifest),
    ],
    [
      'remote-unusable',
      'leads from one address to the next',
      (_, to) => to.writeHead(302, { location: '/x' }).end(),
    ],
    ['remote-unusable', 'in a way that is not known', (_, to) => challenge(to, 'Negotiate')],
    ['remote-untrusted', 'plain text', (_, to) => challenge(to, 'Bearer realm="http://example.org/"')],
    ['remote-unreachable', 'answered 429', (_, to) => to.writeHead(429).end()],
    ['remote-unreachable', '', (request) => request.socket.destroy()],
    ['remote-slow', 'did not answer in time', () => undefined],
  ])('is %s: %s', async (code, message, handler) => {
    const host = (await startHost(handler)).slice('http://'.length);
    const reference = `${host}/app:1`;
    await expect(
      newResolver(code === 'remote-slow' ? { idleMs: 300 } : {}).resolve(
        { kind: 'image', reference },
        signal,
      ),
    ).rejects.toMatchObject({ code, message: expect.stringContaining(message) });
  });

  it('gets no token of a login by way of another address', async () => {
    const asked: string[] = [];
    const realm = await startHost(({ method = '', url = '' }, to) => {
      asked.push(`${method} ${url}`);
      to.writeHead(307, { location: '/elsewhere' }).end();
    });
    const host = (await startHost((_, to) => challenge(to, `Bearer realm="${realm}/token"`))).slice(
      'http://'.length,
    );
    const file = await credentialsFile({ auths: { [host]: { identitytoken: 'it' } } });
    await expect(meaningOf(`${host}/app`, file)).rejects.toMatchObject({ code: 'remote-unusable' });
    expect(asked).toEqual(['POST /token']);
  });

  it('is asked in plain text on this machine alone', async () => {
    await expect(meaningOf('localhost:1/app')).rejects.toMatchObject({ code: 'remote-unreachable' });
    await expect(meaningOf('registry.invalid/app')).rejects.toMatchObject({
      message: expect.stringMatching(/^https:\/\/registry\.invalid\//),
    });
  });
});

function challenge(response: ServerResponse, how: string): void {
  response.writeHead(401, { 'www-authenticate': how }).end();
}

/** A server of tokens as registries use one: signed by a key that the registry knows. */
async function startTokens() {
  const dir = await tempDir('tokens');
  const { key, cert } = await selfSigned(dir);
  const chain = cert.replaceAll(/-----.*-----|\n/g, '');
  const asked: string[] = [];
  const host = await startHost((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const query = new URL(request.url ?? '', 'http://localhost').searchParams.toString();
      const form = Buffer.concat(parts).toString();
      asked.push(`${request.method ?? ''} ${query} ${String(request.headers.authorization)} ${form}`);
      const token = signedToken(key, chain);
      response.end(JSON.stringify(request.method === 'POST' ? { access_token: token } : { token }));
    });
  });
  return { asked, realm: `${host}/token`, certificate: join(dir, 'cert.pem') };
}

/** A JSON web token with its chain of certificates, as docker-registry takes it. */
function signedToken(key: string, chain: string): string {
  const now = Math.floor(Date.now() / 1000);
  const access = [{ type: 'repository', name: 'app', actions: ['pull', 'push'] }];
  const claims = { iss: 'test', aud: 'registry', nbf: now - 60, iat: now, exp: now + 600, access };
  const text = [{ typ: 'JWT', alg: 'ES256', x5c: [chain] }, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.');
  const signature = createSign('sha256').update(text).sign({ key, dsaEncoding: 'ieee-p1363' });
  return `${text}.${signature.toString('base64url')}`;
}

async function tokenAt(realm: string): Promise<string> {
  return ((await (await fetch(realm)).json()) as { readonly token: string }).token;
}
