// SPDX-License-Identifier: Apache-2.0
import { err, FairleadError, ok, type Clock, type Digest, type Result } from '@fairlead/base';
import type { Ed25519Signer } from '@fairlead/git';
import type { Authority, KeyPair } from '@fairlead/identity/authority';
import type { RevisionSigners } from '@fairlead/trust/sign';
import { readTrustedRoot, rootIdentity, type TrustedRoot } from '@fairlead/trust/verify';
import { systemClock } from '@fairlead/program';
import { readHeldKeys, type HeldCa, type HeldKeys } from './held-keys.ts';
import { createLiveAuthority, createLiveSigner } from './live-keys.ts';
import { problemOf, type ServerProblem } from './problems.ts';
import { serverPairUnder } from './server-certificate.ts';

/**
 * What a server holds of the key folder, as the root in effect gives it leave: a key in the folder that the root does not list is never
 * used. The root key is not among them: it stays offline.
 */
export interface ServerKeys {
  /** Bytes of root version 1. */
  readonly firstRoot: Uint8Array;
  /** The fleet's id: SHA-256 of root version 1. */
  readonly fleet: Digest;
  /** Makes and checks enrolment tokens. */
  readonly enrolmentKey: Uint8Array;
  /** Signs commits of the fleet log; whose key it is follows the root. Throws `keys-not-listed` where none of ours is listed. */
  readonly logSigner: Ed25519Signer;
  /** Issues certificates: the newest CA that the root names. Throws `keys-not-listed` where we hold none of them. */
  readonly authority: Authority;
  /** PEM of each CA that the root names, as far as the folder holds it. */
  authorities(): readonly string[];
  /** What the listeners show. */
  server(): KeyPair;
  /** Our keys for each role. Of targets there may be none: the release key is elsewhere. Problem: `keys-not-listed`. */
  signers(): Result<RevisionSigners, ServerProblem>;
  /** The same under a root that is not in effect yet. The folder is read again where the keys that are known do not suffice. */
  signersFor(root: TrustedRoot): Promise<Result<RevisionSigners, ServerProblem>>;
  /** Turns to this root, and reads the folder again if need be. */
  use(root: TrustedRoot): Promise<void>;
  /** Reads the folder again. */
  reload(): Promise<void>;
}

/** Reads the key folder; refuses one that others may read, or that is incomplete. Until told otherwise, root version 1 counts. */
export async function readServerKeys(dir: string, clock: Clock = systemClock): Promise<ServerKeys> {
  let held = await readHeldKeys(dir);
  const { firstRoot, enrolmentKey } = held;
  const first = readTrustedRoot(firstRoot);
  if (!first.ok)
    throw new FairleadError({
      code: 'keys-missing',
      message: `${dir}/root.json is no valid root: ${first.error.message}`,
    });
  const fleet = rootIdentity(firstRoot);
  let root = first.value;
  let server = held.server;

  const named = (): readonly HeldCa[] =>
    root.ca.flatMap((fingerprint) => held.cas.find((ca) => ca.fingerprint === fingerprint) ?? []);
  const take = async (keys: HeldKeys): Promise<void> => {
    held = keys;
    server = await serverPairUnder(named(), { own: held.server, fleet, now: clock.now() });
  };

  /** A folder that cannot be read now is no reason to forget what it held. */
  const read = (): Promise<HeldKeys> => readHeldKeys(dir).catch(() => held);

  return {
    firstRoot,
    fleet,
    enrolmentKey,
    logSigner: createLiveSigner(() => {
      const [signer] = signersOf(held, root, 'snapshot');
      if (signer !== undefined) return signer;
      const { code, message } = notListed(root, 'snapshot');
      throw new FairleadError({ code, message });
    }),
    authority: createLiveAuthority(() => {
      const authority = named().findLast((ca) => ca.authority !== undefined)?.authority;
      if (authority !== undefined) return authority;
      const message = `the key folder holds none of the CAs that root version ${root.version} names`;
      throw new FairleadError({ code: 'keys-not-listed', message });
    }),
    authorities: () => named().map(({ certificate }) => certificate),
    server: () => server,
    signers: () => allSigners(held, root),
    async signersFor(next) {
      if (!online.every((role) => suffices(held, next, role))) await take(await read());
      return allSigners(held, next);
    },
    async use(next) {
      if (next.version === root.version) return;
      root = next;
      const isComplete =
        online.every((role) => suffices(held, root, role)) && named().length === root.ca.length;
      await take(isComplete ? held : await read());
    },
    reload: async () => take(await readHeldKeys(dir)),
  };
}

const online = ['snapshot', 'timestamp', 'targets'] as const;
type OnlineRole = (typeof online)[number];

function signersOf(held: HeldKeys, root: TrustedRoot, role: OnlineRole): RevisionSigners[OnlineRole] {
  return root.roles[role].keys.flatMap(({ id }) => held.signers.find(({ keyId }) => keyId === id) ?? []);
}

function allSigners(held: HeldKeys, root: TrustedRoot): Result<RevisionSigners, ServerProblem> {
  for (const role of ['snapshot', 'timestamp'] as const)
    if (!suffices(held, root, role)) return err(notListed(root, role));
  return ok({
    targets: signersOf(held, root, 'targets'),
    snapshot: signersOf(held, root, 'snapshot'),
    timestamp: signersOf(held, root, 'timestamp'),
  });
}

function suffices(held: HeldKeys, root: TrustedRoot, role: OnlineRole): boolean {
  return signersOf(held, root, role).length >= root.roles[role].threshold;
}

function notListed({ version, roles }: TrustedRoot, role: OnlineRole): ServerProblem {
  const { keys, threshold } = roles[role];
  const ids = keys.map(({ id }) => id.slice(0, 12)).join(', ');
  const message = `root version ${version} wants ${threshold} of the ${role} keys ${ids}; the key folder does not hold them`;
  return problemOf('keys-not-listed', message);
}
