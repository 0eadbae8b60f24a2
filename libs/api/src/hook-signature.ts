// SPDX-License-Identifier: Apache-2.0
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

/** Judges one webhook while its body arrives. */
export interface HookJudge {
  update(chunk: Uint8Array): void;
  /** Whether who sent it knows the secret. Call last, once. */
  isGenuine(): boolean;
}

/** How far a signed time may be from ours, in milliseconds: what Standard Webhooks' own libraries take. */
const maxSkewMs = 5 * 60_000;

/**
 * The judge for the way in which these headers claim to be genuine; undefined: they claim nothing.
 * GitHub: `X-Hub-Signature-256`; Gitea and Forgejo: `X-Gitea-Signature`, `X-Forgejo-Signature`; GitLab: `webhook-signature` (Standard
 * Webhooks), and the older `X-Gitlab-Token`, which is the secret itself.
 */
export function judgeHook(headers: IncomingHttpHeaders, secret: string, now: number): HookJudge | undefined {
  const hub = one(headers, 'x-hub-signature-256');
  if (hub !== undefined) return ofBody(secret, [hub.replace(/^sha256=/, '')], 'hex');
  const gitea = one(headers, 'x-gitea-signature') ?? one(headers, 'x-forgejo-signature');
  if (gitea !== undefined) return ofBody(secret, [gitea], 'hex');
  const standard = one(headers, 'webhook-signature');
  if (standard !== undefined) {
    const [id, time] = [one(headers, 'webhook-id') ?? '', one(headers, 'webhook-timestamp') ?? ''];
    const sent = /^\d{1,12}$/.test(time) ? Number(time) * 1000 : NaN;
    // NaN is near nothing.
    if (id === '' || !(Math.abs(now - sent) <= maxSkewMs)) return never;
    const given = standard.split(' ').flatMap((entry) => (entry.startsWith('v1,') ? [entry.slice(3)] : []));
    return ofBody(keyOf(secret), given, 'base64', `${id}.${time}.`);
  }
  const token = one(headers, 'x-gitlab-token');
  if (token === undefined) return undefined;
  return { update: () => undefined, isGenuine: () => isSame(digest(token), digest(secret)) };
}

const never: HookJudge = { update: () => undefined, isGenuine: () => false };

function ofBody(
  key: string | Uint8Array,
  given: readonly string[],
  encoding: 'hex' | 'base64',
  before = '',
): HookJudge {
  const mac = createHmac('sha256', key).update(before);
  return {
    update: (chunk) => mac.update(chunk),
    isGenuine() {
      const right = mac.digest();
      return given.map((text) => isSame(Buffer.from(text, encoding), right)).includes(true);
    },
  };
}

/** Standard Webhooks writes its keys as `whsec_` and base64. */
function keyOf(secret: string): string | Uint8Array {
  return secret.startsWith('whsec_') ? Buffer.from(secret.slice('whsec_'.length), 'base64') : secret;
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

function one(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value[0] : value;
}
