// SPDX-License-Identifier: Apache-2.0
import { digestHex, sha256 } from '@fairlead/base';
import { connect } from 'node:tls';
import { beforeAll, describe, expect, it } from 'vitest';
import { httpLimits } from './http-server.ts';
import {
  ask,
  bodies,
  createPairs,
  one,
  publishedAt,
  startDeviceDoors,
  two,
  type Pairs,
} from './doors.fixture.ts';

let pairs: Pairs;
beforeAll(async () => {
  pairs = await createPairs();
});

const pathOf = (id: typeof one | typeof two): string => `/targets/${digestHex(sha256(bodies[id]))}`;

describe('when anyone asks', () => {
  it('gives the anchors and the signed metadata, each under its version', async () => {
    const published = publishedAt(7);
    const at = await startDeviceDoors(pairs, () => published);
    const trust = await ask(at, '/v1/trust');
    expect(JSON.parse(trust.text)).toEqual({ roots: ['root 1', 'root 2'], ca: [pairs.ca] });
    const texts = async (...paths: string[]) =>
      Promise.all(paths.map(async (path) => (await ask(at, path)).text));
    expect(
      await texts(
        '/tuf/1.root.json',
        '/tuf/2.root.json',
        '/tuf/timestamp.json',
        '/tuf/7.snapshot.json',
        '/tuf/7.targets.json',
        `/tuf/targets/${digestHex(published.revision)}.manifest.json`,
      ),
    ).toEqual(['root 1', 'root 2', 'timestamp 7', 'snapshot 7', 'targets 7', 'manifest 7']);
    expect((await ask(at, '/tuf/timestamp.json')).headers['cache-control']).toBe('no-cache');
    expect((await ask(at, '/tuf/2.root.json')).headers['cache-control']).toContain('immutable');
  });

  it('gives as many roots as devices take at once, and the rest one by one', async () => {
    const long = 'x'.repeat(500_000);
    const roots = Array.from({ length: 20 }, (_, n) => `${n} ${long}`);
    const at = await startDeviceDoors(pairs, () => undefined, { roots });
    const { text } = await ask(at, '/v1/trust');
    expect(text.length).toBeLessThan(4 * 2 ** 20);
    const { roots: given } = JSON.parse(text) as { readonly roots: readonly string[] };
    expect(given).toEqual(roots.slice(0, 6));
    expect((await ask(at, '/tuf/20.root.json')).text).toBe(roots[19]);
  });

  it('has nothing else, lists nothing, and follows no path', async () => {
    const at = await startDeviceDoors(pairs, () => publishedAt(7));
    for (const path of [
      '/',
      '/tuf',
      '/tuf/',
      '/targets',
      '/tuf/0.root.json',
      '/tuf/3.root.json',
      '/tuf/6.snapshot.json',
      '/tuf/7.root.json.bak',
      '/tuf/..%2f..%2fetc%2fpasswd',
      `/tuf/targets/${'0'.repeat(64)}.manifest.json`,
    ]) {
      const answer = await ask(at, path);
      expect([path, answer.status]).toEqual([path, 404]);
      expect(JSON.parse(answer.text)).toMatchObject({ error: { code: 'not-found' } });
    }
    expect((await ask(at, '/v1/trust', { method: 'POST' })).status).toBe(404);
  });

  it('has roots before anything is published, and no more', async () => {
    const at = await startDeviceDoors(pairs, () => undefined);
    expect((await ask(at, '/tuf/1.root.json')).status).toBe(200);
    expect((await ask(at, '/tuf/timestamp.json')).status).toBe(404);
    expect((await ask(at, pathOf(one), { pair: pairs.one })).status).toBe(404);
  });

  it('refuses headers beyond their bound', async () => {
    const at = await startDeviceDoors(pairs, () => publishedAt(7));
    expect((await ask(at, '/v1/trust', { headers: { 'x-long': 'x'.repeat(9_000) } })).status).toBe(431);
  });

  it('ends a connection that does not finish its request', async () => {
    const at = await startDeviceDoors(pairs, () => publishedAt(7), {
      limits: { ...httpLimits, headersTimeout: 50, connectionsCheckingInterval: 10 },
    });
    const socket = connect({
      host: '127.0.0.1',
      port: at.port,
      ca: at.ca,
      checkServerIdentity: () => undefined,
    });
    socket.write('GET /v1/trust HTTP/1.1\r\nhost: x\r\nx-slow: ');
    const answer = await new Promise<string>((resolve) => {
      let text = '';
      socket
        .setEncoding('utf8')
        .on('data', (part: string) => {
          text += part;
        })
        .on('close', () => {
          resolve(text);
        })
        .on('error', () => undefined);
    });
    expect(answer).toMatch(/^HTTP\/1\.1 408 /);
  });
});

describe('when a device asks for target states', () => {
  it("gets its own, and nobody gets another's", async () => {
    const at = await startDeviceDoors(pairs, () => publishedAt(7));
    expect(await ask(at, pathOf(one), { pair: pairs.one })).toMatchObject({
      status: 200,
      text: 'state of one',
    });
    expect(await ask(at, pathOf(two), { pair: pairs.one })).toMatchObject({ status: 404 });
    expect(await ask(at, `/targets/${'A'.repeat(64)}`, { pair: pairs.one })).toMatchObject({ status: 404 });
    const strangers = await createPairs();
    for (const pair of [undefined, pairs.operator, strangers.one]) {
      expect(await ask(at, pathOf(one), pair === undefined ? {} : { pair })).toMatchObject({ status: 403 });
    }
  });

  it('goes on where it stopped', async () => {
    const at = await startDeviceDoors(pairs, () => publishedAt(7));
    const get = (range: string, more: Record<string, string> = {}) =>
      ask(at, pathOf(one), { pair: pairs.one, headers: { range, ...more } });
    expect(await get('bytes=6-')).toMatchObject({
      status: 206,
      text: 'of one',
      headers: { 'content-range': 'bytes 6-11/12' },
    });
    expect(await get('bytes=0-4')).toMatchObject({ status: 206, text: 'state' });
    expect(await get('bytes=-3')).toMatchObject({ status: 206, text: 'one' });
    expect(await get('bytes=12-')).toMatchObject({ status: 416, headers: { 'content-range': 'bytes */12' } });
    expect(await get('bytes=0-1,3-4')).toMatchObject({ status: 200, text: 'state of one' });
    const { etag } = (await get('bytes=0-1')).headers;
    expect(await get('bytes=6-', { 'if-range': etag ?? '' })).toMatchObject({ status: 206 });
    expect(await get('bytes=6-', { 'if-range': '"other"' })).toMatchObject({ status: 200 });
  });
});
