// SPDX-License-Identifier: Apache-2.0
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { goodHost, someBytes, startHost, tempStore, wantedAt } from './host.fixture.ts';

const { signal } = new AbortController();
const bytes = someBytes(50_000);

describe('when a download was cut', () => {
  it('goes on at any byte, and the result is the whole file', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 2_000 }), fc.boolean(), async (cutAt, tagged) => {
        const small = someBytes(2_000);
        const host = await startHost(goodHost(small, { cutAt, tag: tagged ? '"a"' : 'W/"weak"' }));
        const { store, partial } = await tempStore();
        const wanted = wantedAt(host.url, small);
        const first = await store.fetch(wanted, signal);
        if (!first.ok) {
          expect(first.error.code).toBe('artifact-truncated');
          // What the system had received but not handed over yet is lost with the connection.
          const had = statSync(partial(wanted)).size;
          expect(had).toBeLessThanOrEqual(cutAt);
          const second = await store.fetch(wanted, signal);
          expect(second.ok && readFileSync(second.value)).toEqual(small);
          const rest = had === 0 ? '-' : `bytes=${String(had)}-`;
          // What is complete already is not asked for again.
          expect(host.ranges()).toEqual(had === small.length ? ['-'] : ['-', rest]);
          if (had > 0 && had < small.length)
            expect(host.asked[1]?.headers['if-range']).toBe(tagged ? '"a"' : undefined);
        } else {
          expect(cutAt).toBe(small.length);
        }
      }),
      {
        numRuns: 30,
        examples: [
          [0, true],
          [1, true],
          [1_999, false],
          [2_000, true],
        ],
      },
    );
  });

  it('starts anew where the host does not know ranges', async () => {
    let cut = true;
    const host = await startHost((_, response) => {
      response.writeHead(200, { 'content-length': bytes.length });
      if (!cut) {
        response.end(bytes);
        return;
      }
      cut = false;
      response.write(bytes.subarray(0, 10_000), () => {
        setTimeout(() => response.socket?.end(), 20);
      });
    });
    const { store, partial } = await tempStore();
    const wanted = wantedAt(host.url, bytes);
    expect(await store.fetch(wanted, signal)).toMatchObject({
      ok: false,
      error: { code: 'artifact-truncated' },
    });
    const had = statSync(partial(wanted)).size;
    expect(had).toBeGreaterThan(0);
    expect((await store.fetch(wanted, signal)).ok).toBe(true);
    expect(host.ranges()).toEqual(['-', `bytes=${String(had)}-`]);
  });

  it.each([
    ['answers 416', 416, {}],
    [
      'sends another part',
      206,
      { 'content-range': `bytes 7-${String(bytes.length - 1)}/${String(bytes.length)}` },
    ],
    ['sends a part without saying which', 206, {}],
  ])('starts anew where the host %s', async (_, status, headers) => {
    const host = await startHost((request, response) => {
      if (request.headers.range === undefined) response.end(bytes);
      else response.writeHead(status, headers).end(bytes.subarray(7));
    });
    const { store, partial } = await tempStore();
    const wanted = wantedAt(host.url, bytes);
    await mkdir(dirname(partial(wanted)), { recursive: true });
    await writeFile(partial(wanted), bytes.subarray(0, 99));
    expect((await store.fetch(wanted, signal)).ok).toBe(true);
    expect(host.ranges()).toEqual(['bytes=99-', '-']);
  });

  it('throws joined bytes away that do not match, and fetches the file whole', async () => {
    const host = await startHost(goodHost(bytes));
    const { store, partial } = await tempStore();
    const wanted = wantedAt(host.url, bytes);
    await mkdir(dirname(partial(wanted)), { recursive: true });
    await writeFile(partial(wanted), Buffer.alloc(99, 'x'));
    const fetched = await store.fetch(wanted, signal);
    expect(fetched.ok && readFileSync(fetched.value)).toEqual(bytes);
    expect(host.ranges()).toEqual(['bytes=99-', '-']);
  });

  it('goes on from every byte that a part may end at', async () => {
    const small = someBytes(100);
    const host = await startHost(goodHost(small));
    const { store, dir, partial } = await tempStore();
    const wanted = wantedAt(host.url, small);
    await mkdir(dirname(partial(wanted)), { recursive: true });
    for (let had = 0; had <= small.length; had += 1) {
      await writeFile(partial(wanted), small.subarray(0, had));
      const before = host.asked.length;
      const fetched = await store.fetch(wanted, signal);
      expect(fetched.ok && readFileSync(fetched.value)).toEqual(small);
      const asked = had === 0 ? ['-'] : had === small.length ? [] : [`bytes=${String(had)}-`];
      expect(host.ranges().slice(before)).toEqual(asked);
      await store.collect(new Set());
      expect(readdirSync(join(dir, 'sha256'))).toEqual([]);
    }
  });

  it('starts anew within the one request where the file has become another since', async () => {
    const old = someBytes(2_000);
    const fresh = Buffer.from(old).reverse();
    let answer = goodHost(old, { tag: '"old"', cutAt: 1_000 });
    const host = await startHost((request, response) => {
      answer(request, response);
    });
    const { store } = await tempStore();
    const wanted = wantedAt(host.url, fresh);
    expect(await store.fetch(wanted, signal)).toMatchObject({ error: { code: 'artifact-truncated' } });
    answer = goodHost(fresh, { tag: '"fresh"' });
    const fetched = await store.fetch(wanted, signal);
    expect(fetched.ok && readFileSync(fetched.value)).toEqual(fresh);
    expect(host.asked.map(({ headers }) => headers['if-range'])).toEqual([undefined, '"old"']);
  });

  it('gives up on a file that is another from its start on too, and fetches it no third time', async () => {
    const other = Buffer.from(bytes).reverse();
    const host = await startHost(goodHost(other));
    const { store, dir, partial } = await tempStore();
    const wanted = wantedAt(host.url, bytes);
    await mkdir(dirname(partial(wanted)), { recursive: true });
    await writeFile(partial(wanted), bytes.subarray(0, 99));
    expect(await store.fetch(wanted, signal)).toMatchObject({ error: { code: 'digest-mismatch' } });
    expect(host.ranges()).toEqual(['bytes=99-', '-']);
    expect(readdirSync(join(dir, 'partial'))).toEqual([]);
  });
});
