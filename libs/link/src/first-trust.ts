// SPDX-License-Identifier: Apache-2.0
import { X509Certificate } from 'node:crypto';
import { err, ok, sha256, type Clock, type Digest, type Result } from '@fairlead/base';
import {
  acceptRoots,
  initialTrust,
  limits,
  readTrustedRoot,
  rootIdentity,
  type HeldTrust,
} from '@fairlead/trust/verify';
import * as v from 'valibot';
import type { Failure } from './failure.ts';
import { httpsGet } from './https-get.ts';

/** Where a device begins to believe: the roots, and the CAs that the newest of them names. */
export interface Anchor {
  readonly held: HeldTrust;
  /** PEM. */
  readonly ca: readonly string[];
}

const answerLimits = { bytes: 4 * 2 ** 20, deadlineMs: 30_000, cas: 8 } as const;

const answerSchema = v.object({
  roots: v.pipe(
    v.array(v.pipe(v.string(), v.maxBytes(limits.root))),
    v.minLength(1),
    v.maxLength(limits.roots),
  ),
  ca: v.pipe(v.array(v.string()), v.minLength(1), v.maxLength(answerLimits.cas)),
});

/**
 * Asks a server that nothing is known of yet for the roots and CAs of the fleet. Whoever answers is not believed: the first root
 * must be the one that the token names by its digest, each further one is signed by the one before, and a CA must be named by the last.
 */
export async function fetchFirstTrust(
  clock: Clock,
  server: string,
  fleet: Digest,
  signal: AbortSignal,
): Promise<Result<Anchor, Failure>> {
  const answer = await fetchAnswer(clock, server, signal);
  if (!answer.ok) return answer;
  const [first, ...rest] = answer.value.roots.map((text) => Buffer.from(text, 'utf8'));
  if (first === undefined || rootIdentity(first) !== fleet) {
    return err({ code: 'digest-mismatch', message: `${server} gave another root than the one of the token` });
  }
  return follow(initialTrust(first), rest, answer.value.ca);
}

/** The same for a device that holds a root: for a CA that changed while the device was away. */
export async function fetchLaterTrust(
  clock: Clock,
  server: string,
  held: HeldTrust,
  signal: AbortSignal,
): Promise<Result<Anchor, Failure>> {
  const known = readTrustedRoot(Buffer.from(held.root));
  if (!known.ok) return known;
  const answer = await fetchAnswer(clock, server, signal);
  if (!answer.ok) return answer;
  const newer = answer.value.roots.slice(known.value.version).map((text) => Buffer.from(text, 'utf8'));
  return follow(held, newer, answer.value.ca);
}

/** From files that were brought to the device beforehand. */
export function anchorFromFiles(rootV1: Uint8Array, ca: readonly string[]): Result<Anchor, Failure> {
  return follow(initialTrust(rootV1), [], ca);
}

function follow(
  held: HeldTrust,
  roots: readonly Uint8Array[],
  ca: readonly string[],
): Result<Anchor, Failure> {
  const walked = acceptRoots(held, roots);
  if (!walked.ok) return walked;
  const root = readTrustedRoot(Buffer.from(walked.value.root));
  if (!root.ok) return root;
  const named = ca.filter((pem) => isNamed(pem, root.value.ca));
  if (named.length === 0)
    return err({ code: 'bad-signature', message: 'the root names none of the CA certificates' });
  return ok({ held: walked.value, ca: named });
}

function isNamed(pem: string, fingerprints: readonly Digest[]): boolean {
  try {
    return fingerprints.includes(sha256(new X509Certificate(pem).raw));
  } catch {
    return false;
  }
}

async function fetchAnswer(
  clock: Clock,
  server: string,
  signal: AbortSignal,
): Promise<Result<v.InferOutput<typeof answerSchema>, Failure>> {
  const got = await httpsGet(
    clock,
    {
      server,
      path: '/v1/trust',
      // Certified by what the answer says, not by who gives it: nothing but public files is asked for, and nothing is sent.
      tls: { rejectUnauthorized: false },
      maxBytes: answerLimits.bytes,
      deadlineMs: answerLimits.deadlineMs,
    },
    signal,
  );
  if (!got.ok) return got;
  const bad = (why: string): Result<never, Failure> =>
    err({ code: 'no-server', message: `${server}/v1/trust: ${why}` });
  if (got.value.status !== 200 || got.value.cut) return bad('no whole answer');
  try {
    const parsed = v.safeParse(answerSchema, JSON.parse(Buffer.from(got.value.bytes).toString('utf8')));
    return parsed.success ? ok(parsed.output) : bad(parsed.issues.map((issue) => issue.message).join('; '));
  } catch {
    return bad('not JSON');
  }
}
