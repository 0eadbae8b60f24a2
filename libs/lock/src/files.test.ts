// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { sha256 } from '@fairlead/base';
import { describe, expect, it } from 'vitest';
import { newResolver, pour, startHost, type Handler } from './host.fixture.ts';

const { signal } = new AbortController();
const content = Buffer.from('content of a file');
const wanted = {
  kind: 'file',
  entry: { digest: sha256(content), size: content.length },
  md5: createHash('md5').update(content).digest('hex'),
};

describe('when a URL is resolved', () => {
  it('is SHA-256, size and MD5 of what it gives, after redirects', async () => {
    const host = await startHost((request, response) => {
      if (request.url === '/old') response.writeHead(301, { location: '/new' }).end();
      else response.end(content);
    });
    for (const path of ['/new', '/old'])
      expect(await newResolver().resolve({ kind: 'file', url: host + path }, signal)).toEqual(wanted);
  });

  it('is of the bytes that are sent: a device unpacks nothing either', async () => {
    const packed = gzipSync(content);
    const host = await startHost((_, response) => response.setHeader('content-encoding', 'gzip').end(packed));
    const meaning = await newResolver().resolve({ kind: 'file', url: host }, signal);
    expect(meaning).toMatchObject({ entry: { digest: sha256(packed), size: packed.length } });
  });

  it('tells how far it is', async () => {
    const told: string[] = [];
    const host = await startHost((_, response) =>
      response.setHeader('content-length', content.length).end(content),
    );
    const onProgress = (url: string, received: number, total: number | undefined) =>
      void told.push(`${url} ${String(received)}/${String(total)}`);
    await newResolver({ onProgress }).resolve({ kind: 'file', url: `${host}/a` }, signal);
    expect(told.at(-1)).toBe(`${host}/a 17/17`);
  });

  it.each<[string, string, Handler]>([
    ['reference-missing', 'answered 404', (_, to) => to.writeHead(404).end()],
    ['credentials-refused', 'answered 403', (_, to) => to.writeHead(403).end()],
    ['remote-unreachable', 'answered 503', (_, to) => to.writeHead(503).end()],
    ['remote-unusable', 'answered 204', (_, to) => to.writeHead(204).end()],
    ['remote-unusable', 'gives nothing', (_, to) => to.end()],
    ['remote-unusable', 'gives more than 1.0 MiB', (_, to) => pour(to)],
    [
      'remote-unusable',
      'gives more than 1.0 MiB',
      (_, to) => to.setHeader('content-length', 2 ** 21).flushHeaders(),
    ],
    [
      'remote-unusable',
      'leads from one address to the next',
      (_, to) => to.writeHead(307, { location: '?x' }).end(),
    ],
    [
      'remote-unusable',
      'leads to what is no address',
      (_, to) => to.writeHead(302, { location: 'http://[' }).end(),
    ],
    [
      'remote-untrusted',
      'plain text',
      (_, to) => to.writeHead(302, { location: 'http://example.org/' }).end(),
    ],
    [
      'remote-unreachable',
      '',
      (request, to) => {
        to.writeHead(200, { 'content-length': 100 }).write(content, () => request.socket.destroySoon());
      },
    ],
    ['remote-slow', 'did not answer in time', (_, to) => to.write(content)],
  ])('is %s where the host is rude: %s', async (code, message, handler) => {
    const url = await startHost(handler);
    await expect(
      newResolver(code === 'remote-slow' ? { idleMs: 300 } : {}).resolve({ kind: 'file', url }, signal),
    ).rejects.toMatchObject({
      code,
      message: expect.stringContaining(message),
    });
  });

  it('refuses plain text from elsewhere, and names no password in what it says', async () => {
    const url = 'http://user:hunter2@example.org/a';
    const thrown = await newResolver()
      .resolve({ kind: 'file', url }, signal)
      .catch((error: unknown) => error);
    expect(thrown).toMatchObject({ code: 'remote-untrusted' });
    expect(String(thrown)).not.toContain('hunter2');
  });

  it('ends at once when it is called off', async () => {
    const off = new AbortController();
    const url = await startHost((_, response) => {
      response.write(content);
      off.abort(new Error('enough'));
    });
    await expect(newResolver().resolve({ kind: 'file', url }, off.signal)).rejects.toThrow('enough');
  });
});
