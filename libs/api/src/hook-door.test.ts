// SPDX-License-Identifier: Apache-2.0
import { createHmac } from 'node:crypto';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createPeopleDoors } from './people-doors.ts';
import type { HookPort } from './ports.ts';

const secret = 'a secret between two';
const body = JSON.stringify({ ref: 'refs/heads/main', padding: 'ü'.repeat(100_000) });
const hex = (key: string, text: string): string => createHmac('sha256', key).update(text).digest('hex');
const base64 = (key: string | Uint8Array, text: string): string =>
  createHmac('sha256', key).update(text).digest('base64');
const now = Date.UTC(2026, 10, 21);

async function start(hook: Partial<HookPort> | null = {}) {
  let woken = 0;
  const port = { secret, now: () => now, wake: () => (woken += 1), ...hook };
  const doors = createPeopleDoors(
    { host: '127.0.0.1', port: 0, tls: null },
    {
      notReady: () => [],
      metrics: () => Promise.resolve({ contentType: '', text: '' }),
      hook: hook === null ? undefined : port,
    },
  );
  await doors.start();
  onTestFinished(() => doors.stop());
  return {
    woken: () => woken,
    async post(headers: Readonly<Record<string, string>>, content: string | Uint8Array = body) {
      const url = `http://127.0.0.1:${String(doors.address().port)}/hooks/git`;
      const type = { 'content-type': 'application/json' };
      const answer = await fetch(url, {
        method: 'POST',
        headers: { ...type, ...headers },
        body: Buffer.from(content),
      });
      return { status: answer.status, text: await answer.text() };
    },
  };
}

const time = String(now / 1000);
const signed = `id-1.${time}.${body}`;
const standardKey = Buffer.alloc(32, 7);
const standard = (signature: string, at = time) => ({
  'webhook-id': 'id-1',
  'webhook-timestamp': at,
  'webhook-signature': signature,
});

describe('when a forge says that something was pushed', () => {
  it.each([
    ['GitHub', { 'x-hub-signature-256': `sha256=${hex(secret, body)}` }],
    ['Gitea', { 'x-gitea-signature': hex(secret, body) }],
    ['Forgejo', { 'x-forgejo-signature': hex(secret, body) }],
    ['GitLab by its token', { 'x-gitlab-token': secret }],
    ['GitLab by a signature', standard(`v1,${base64(secret, signed)}`)],
    ['GitLab while its key changes', standard(`v1,${base64('old', signed)} v1,${base64(secret, signed)}`)],
  ])('wakes the server: %s', async (_forge, headers) => {
    const { post, woken } = await start();
    expect(await post(headers)).toEqual({ status: 202, text: '{"ok":true}' });
    expect(woken()).toBe(1);
  });

  it('takes a key in the form of Standard Webhooks', async () => {
    const { post } = await start({ secret: `whsec_${standardKey.toString('base64')}` });
    expect(await post(standard(`v1,${base64(standardKey, signed)}`))).toMatchObject({ status: 202 });
  });

  it('takes a form and a body without a type as well as JSON', async () => {
    const { post } = await start();
    for (const type of ['application/x-www-form-urlencoded', 'text/plain']) {
      const headers = { 'content-type': type, 'x-gitea-signature': hex(secret, 'payload=%7B%7D') };
      expect(await post(headers, 'payload=%7B%7D')).toMatchObject({ status: 202 });
    }
  });

  it('refuses who does not know the secret, and does nothing', async () => {
    const { post, woken } = await start();
    const wrong = [
      {},
      { 'x-hub-signature-256': `sha256=${hex('another', body)}` },
      { 'x-hub-signature-256': 'sha256=' },
      { 'x-gitea-signature': hex(secret, `${body} `) },
      { 'x-gitlab-token': `${secret}s` },
      { 'x-gitlab-token': '' },
      standard(`v1,${base64(secret, body)}`),
      standard(`v2,${base64(secret, signed)}`),
      standard(base64(secret, signed)),
      // The right token does not mend a wrong signature.
      { 'x-hub-signature-256': 'sha256=00', 'x-gitlab-token': secret },
    ];
    for (const headers of wrong) {
      const { status, text } = await post(headers);
      expect([status, text], JSON.stringify(headers)).toEqual([
        401,
        expect.stringContaining('"hook-refused"'),
      ]);
      expect(text).not.toContain(secret);
    }
    expect(woken()).toBe(0);
  });

  it('refuses what was signed more than five minutes ago or ahead', async () => {
    const { post } = await start();
    for (const [away, status] of [
      [-299, 202],
      [299, 202],
      [-301, 401],
      [301, 401],
    ] as const) {
      const at = String(now / 1000 + away);
      const text = `id-1.${at}.${body}`;
      expect(await post(standard(`v1,${base64(secret, text)}`, at))).toMatchObject({ status });
    }
    expect(await post(standard(`v1,${base64(secret, `id-1.x.${body}`)}`, 'x'))).toMatchObject({
      status: 401,
    });
  });

  it('refuses what is larger than any forge sends', async () => {
    const { post, woken } = await start();
    const huge = Buffer.alloc(26 * 2 ** 20);
    const signature = createHmac('sha256', secret).update(huge).digest('hex');
    expect(await post({ 'x-gitea-signature': signature }, huge)).toMatchObject({ status: 413 });
    expect(woken()).toBe(0);
  });

  it('says how to take webhooks where none are taken', async () => {
    const { post } = await start(null);
    const { status, text } = await post({ 'x-gitlab-token': secret });
    expect([status, text]).toEqual([404, expect.stringContaining('--hook-secret-file')]);
  });
});
