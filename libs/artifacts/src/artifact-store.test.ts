// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto';
import { readFileSync, statSync, utimesSync } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sha256, silentLogger } from '@fairlead/base';
import { createFakeClock, systemClock, tempDir, waitFor } from '@fairlead/testing';
import { describe, expect, it } from 'vitest';
import { createArtifactStore } from './artifact-store.ts';
import { goodHost, someBytes, startHost, tempStore, wantedAt } from './host.fixture.ts';

const { signal } = new AbortController();
const bytes = someBytes(50_000);

describe('when the host is in good order', () => {
  it('fetches the artifact once and then has it', async () => {
    const host = await startHost(goodHost(bytes));
    const { store } = await tempStore();
    const wanted = wantedAt(host.url, bytes);
    const progress: number[] = [];
    const first = await store.fetch(wanted, signal, ({ received }) => progress.push(received));
    expect(first).toEqual({ ok: true, value: await store.find(wanted.digest) });
    expect(first.ok && readFileSync(first.value)).toEqual(bytes);
    expect(progress.at(-1)).toBe(bytes.length);
    await store.fetch(wanted, signal);
    expect(host.asked).toHaveLength(1);
  });

  it('shares one download among all who ask at once', async () => {
    const host = await startHost(goodHost(bytes));
    const { store } = await tempStore();
    const all = await Promise.all(
      Array.from({ length: 5 }, () => store.fetch(wantedAt(host.url, bytes), signal)),
    );
    expect(new Set(all.map((each) => JSON.stringify(each))).size).toBe(1);
    expect(host.asked).toHaveLength(1);
  });

  it('fetches as many at a time as it may, and the others after', async () => {
    const files = Array.from({ length: 7 }, (_, index) => Buffer.alloc(1_000, index));
    const waiting: (() => void)[] = [];
    const host = await startHost((request, response) => {
      waiting.push(() => response.end(files[Number(request.url?.split('=')[1])]));
    });
    const dir = join(await tempDir('artifacts'), 'store');
    const store = createArtifactStore({ dir, clock: systemClock, logger: silentLogger, downloads: 3 });
    const all = files.map((file, index) =>
      store.fetch(wantedAt(`${host.url}?file=${String(index)}`, file), signal),
    );
    // Nobody is answered before as many wait as may: more would be seen in the next round.
    for (const together of [3, 3, 1]) {
      await waitFor(() => waiting.length >= together);
      expect(waiting).toHaveLength(together);
      for (const answer of waiting.splice(0)) answer();
      await waitFor(() => host.asked.length === files.length || waiting.length === 3);
    }
    expect((await Promise.all(all)).map(({ ok }) => ok)).toEqual(files.map(() => true));
    expect(host.asked).toHaveLength(files.length);
  });

  it('goes on for the others when one of them gives up, and ends when all have', async () => {
    let release = (): void => undefined;
    const host = await startHost((_, response) => {
      response.writeHead(200, { 'content-length': bytes.length });
      response.write(bytes.subarray(0, 1000));
      release = () => {
        response.end(bytes.subarray(1000));
      };
    });
    const { store } = await tempStore();
    const impatient = new AbortController();
    const wanted = wantedAt(host.url, bytes);
    const leaves = store.fetch(wanted, impatient.signal);
    const stays = store.fetch(wanted, signal);
    await waitFor(() => host.asked.length === 1);
    impatient.abort();
    await expect(leaves).rejects.toThrow();
    release();
    expect((await stays).ok).toBe(true);

    const alone = new AbortController();
    const other = Buffer.alloc(bytes.length, 'o');
    const given = store.fetch(wantedAt(host.url, other), alone.signal);
    await waitFor(() => host.asked.length === 2);
    alone.abort();
    await expect(given).rejects.toThrow();
    await waitFor(() => host.asked[1]?.socket.destroyed);
  });

  it('follows five redirects and not six', async () => {
    const host = await startHost((request, response) => {
      const left = Number(/to=(\d+)/.exec(request.url ?? '')?.[1] ?? 0);
      if (left === 0) response.end(bytes);
      else response.writeHead(302, { location: `/next?to=${String(left - 1)}` }).end();
    });
    const { store } = await tempStore();
    const tooMany = await store.fetch({ ...wantedAt(`${host.url}?to=6`, bytes) }, signal);
    expect(tooMany).toMatchObject({ ok: false, error: { code: 'artifact-unreachable' } });
    expect((await store.fetch({ ...wantedAt(`${host.url}?to=5`, bytes) }, signal)).ok).toBe(true);
  });
});

describe('when the host is not in good order', () => {
  it('says artifact-unreachable if nobody listens, or it answers with an error, or sends elsewhere than http', async () => {
    const host = await startHost((request, response) => {
      if (request.url === '/away') response.writeHead(302, { location: 'file:///etc/passwd' }).end();
      else response.writeHead(503).end();
    });
    const { store } = await tempStore();
    for (const url of [
      host.url,
      new URL('/away', host.url).href,
      'http://127.0.0.1:1/x',
      'file:///etc/passwd',
    ]) {
      expect(await store.fetch(wantedAt(url, bytes), signal)).toMatchObject({
        ok: false,
        error: { code: 'artifact-unreachable' },
      });
    }
  });

  it.each([
    ['does not answer', false],
    ['stops in the middle', true],
  ])('says artifact-slow if it %s, and keeps what came', async (_, begins) => {
    const host = await startHost((_request, response) => {
      if (begins) response.writeHead(200, { 'content-length': bytes.length }).write(bytes.subarray(0, 1_000));
    });
    const { store, partial } = await tempStore({ connectMs: begins ? 10_000 : 100, idleMs: 200 });
    const wanted = wantedAt(host.url, bytes);
    expect(await store.fetch(wanted, signal)).toMatchObject({ ok: false, error: { code: 'artifact-slow' } });
    if (begins) expect(statSync(partial(wanted)).size).toBe(1_000);
  });

  it('bears a host that is slow but never silent for long', async () => {
    const host = await startHost((_, response) => {
      response.writeHead(200, { 'content-length': 500 });
      let sent = 0;
      const drip = setInterval(() => {
        response.write(bytes.subarray(sent, sent + 50));
        sent += 50;
        if (sent === 500) {
          clearInterval(drip);
          response.end();
        }
      }, 150);
    });
    const { store } = await tempStore({ idleMs: 1_200 });
    expect((await store.fetch(wantedAt(host.url, bytes.subarray(0, 500)), signal)).ok).toBe(true);
  });

  it.each([
    ['states a longer file', { 'content-length': bytes.length + 1 }, bytes.length + 1],
    ['states a shorter file', { 'content-length': 10 }, 10],
    ['states nothing and goes on beyond the size', {}, bytes.length + 1],
  ])('says size-mismatch if it %s, and keeps nothing', async (_, headers, length) => {
    const host = await startHost((_request, response) => {
      response.writeHead(200, headers);
      // Written in two steps, so that no length is stated but the one above.
      response.write(Buffer.alloc(10));
      response.end(Buffer.alloc(length - 10));
    });
    const { store, dir } = await tempStore();
    expect(await store.fetch(wantedAt(host.url, bytes), signal)).toMatchObject({
      ok: false,
      error: { code: 'size-mismatch' },
    });
    expect(await readdir(join(dir, 'partial'))).toEqual([]);
  });

  it('stops reading an endless answer at the size, or at the cap where none is stated', async () => {
    const host = await startHost((_, response) => {
      const more = (): void => {
        while (response.write(Buffer.alloc(16_384)));
        response.once('drain', more);
      };
      response.on('error', () => undefined);
      more();
    });
    const { store } = await tempStore({ unstatedBytes: 100_000 });
    for (const size of [bytes.length, 0]) {
      const outcome = await store.fetch({ ...wantedAt(host.url, bytes), size }, signal);
      expect(outcome).toMatchObject({ ok: false, error: { code: 'size-mismatch' } });
    }
  });

  it('says artifact-truncated if the answer ends early without a word', async () => {
    // In chunks, and so without a length.
    const host = await startHost((_, response) => {
      response.write(bytes.subarray(0, 20_000));
      response.end();
    });
    const { store, partial } = await tempStore();
    const wanted = wantedAt(host.url, bytes);
    expect(await store.fetch(wanted, signal)).toMatchObject({
      ok: false,
      error: { code: 'artifact-truncated' },
    });
    expect(statSync(partial(wanted)).size).toBe(20_000);
  });

  it('says digest-mismatch if the bytes are others, and shows them to nobody', async () => {
    const other = Buffer.from(bytes);
    other[4] = (other[4] ?? 0) ^ 1;
    const host = await startHost(goodHost(other));
    const { store, dir } = await tempStore();
    const wanted = wantedAt(host.url, bytes);
    expect(await store.fetch(wanted, signal)).toMatchObject({
      ok: false,
      error: { code: 'digest-mismatch' },
    });
    expect(await store.find(wanted.digest)).toBeNull();
    expect(await readdir(join(dir, 'sha256'))).toEqual([]);
    expect(await readdir(join(dir, 'partial'))).toEqual([]);
  });

  it('compares the md5 too where one is given', async () => {
    const host = await startHost(goodHost(bytes));
    const { store } = await tempStore();
    const wanted = wantedAt(host.url, bytes);
    const wrong = await store.fetch({ ...wanted, md5: '0'.repeat(32) }, signal);
    expect(wrong).toMatchObject({ ok: false, error: { code: 'digest-mismatch' } });
    const md5 = createHash('md5').update(bytes).digest('hex');
    expect((await store.fetch({ ...wanted, md5 }, signal)).ok).toBe(true);
  });
});

describe('when bytes are put or collected', () => {
  it('keeps what is named and drops the rest, young parts excepted', async () => {
    const dir = join(await tempDir('artifacts'), 'store');
    const clock = createFakeClock(systemClock.now());
    const store = createArtifactStore({ dir, clock, logger: silentLogger });
    const kept = await store.put(Buffer.from('kept'));
    const dropped = await store.put(Buffer.from('dropped'));
    if (!kept.ok || !dropped.ok) throw new Error('put failed');
    const part = (text: string): string => join(dir, 'partial', sha256(text).slice(7));
    await writeFile(part('young'), 'y');
    await writeFile(part('old'), 'o');
    const twoDaysAgo = systemClock.now() / 1000 - 2 * 86_400;
    utimesSync(part('old'), twoDaysAgo, twoDaysAgo);
    await store.collect(new Set([kept.value]));
    expect(await readFile((await store.find(kept.value)) ?? '', 'utf8')).toBe('kept');
    expect(await store.find(dropped.value)).toBeNull();
    expect(await readdir(join(dir, 'partial'))).toEqual([sha256('young').slice(7)]);
    expect(await store.missingBytes({ url: '', digest: sha256('young'), size: 5 })).toBe(4);
    expect(await store.missingBytes({ url: '', digest: kept.value, size: 4 })).toBe(0);
  });
});
