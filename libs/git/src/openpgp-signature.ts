// SPDX-License-Identifier: Apache-2.0
import { errnoOf } from '@fairlead/base';
import type * as openPgpPackage from 'openpgp';
import type { Key } from 'openpgp';
import type { Commit } from './commit-object.ts';
import type { SignatureVerdict } from './judge-signature.ts';

type OpenPgp = typeof openPgpPackage;

/** Its licence (LGPL) and its size keep it out of our bundles: it counts where somebody installed it beside the program. */
async function loadOpenPgp(): Promise<OpenPgp | undefined> {
  try {
    return await import('openpgp');
  } catch (thrown) {
    const code = errnoOf(thrown);
    if (code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND') return undefined;
    throw thrown;
  }
}

/**
 * Judges an OpenPGP signature by keys in armour. The key must have been valid when it says that it signed; `gpg`, which Git asks, takes the
 * time of today instead, so that its answer changes with the calendar. A revoked key counts for nothing, as with `gpg`.
 */
export async function judgeOpenPgp(
  commit: Commit,
  armoured: string,
  keyring: string | null,
): Promise<SignatureVerdict> {
  const openpgp = await loadOpenPgp();
  if (openpgp === undefined)
    return bad(
      'signature-unsupported',
      'its signature is of OpenPGP, and the package openpgp is not installed',
    );
  const signature = await readOr(() => openpgp.readSignature({ armoredSignature: armoured }));
  const [packet, ...more] = signature?.packets ?? [];
  const [id] = signature?.getSigningKeyIDs() ?? [];
  if (signature === undefined || packet === undefined || id === undefined || more.length > 0)
    return bad('signature-wrong', 'its signature is not one well-formed OpenPGP signature');
  const keys = keyring === null ? [] : await readOr(() => openpgp.readKeys({ armoredKeys: keyring }));
  const key = keys?.find((each) => each.getKeys(id).length > 0);
  if (key === undefined)
    return bad(
      'signer-unknown',
      `the OpenPGP key ${id.toHex()}, which signed it, is not among those who may sign commits`,
    );
  if (isRevoked(key, id))
    return bad('signer-revoked', `the OpenPGP key ${id.toHex()}, which signed it, is revoked`);
  const date = packet.created ?? undefined;
  const signer = await readOr(() => key.getSigningKey(id, date));
  if (signer === undefined)
    return bad(
      'signer-not-valid',
      `the OpenPGP key ${id.toHex()} could not sign at ${date?.toISOString() ?? 'that time'}`,
    );
  const message = await openpgp.createMessage({ binary: commit.payload });
  const verified = await openpgp.verify({
    message,
    signature,
    verificationKeys: key.toPublic(),
    format: 'binary',
    ...(date && { date }),
  });
  if ((await readOr(() => verified.signatures[0]?.verified)) !== true)
    return bad('signature-wrong', `its signature by the OpenPGP key ${id.toHex()} is not over what it holds`);
  return {
    kind: 'good',
    signer: key.getUserIDs()[0] ?? id.toHex(),
    key: signer.getFingerprint().toUpperCase(),
  };
}

/** What is wrong with a file of keys; undefined: nothing, or it cannot be said without the package. */
export async function openPgpProblem(keyring: string): Promise<string | undefined> {
  const openpgp = await loadOpenPgp();
  if (openpgp === undefined) return undefined;
  const keys = await readOr(() => openpgp.readKeys({ armoredKeys: keyring }));
  if (keys === undefined || keys.length === 0) return 'it is not one block of armoured OpenPGP keys';
  return keys.some((key) => key.isPrivate()) ? 'it holds a secret key' : undefined;
}

function isRevoked(key: Key, id: Parameters<Key['getKeys']>[0]): boolean {
  return [key, ...key.getSubkeys(id)].some(({ revocationSignatures }) => revocationSignatures.length > 0);
}

/** Undefined where the package refuses what it is given: it says so by throwing. */
async function readOr<T>(read: () => T | Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch {
    return undefined;
  }
}

function bad(code: Extract<SignatureVerdict, { kind: 'bad' }>['code'], message: string): SignatureVerdict {
  return { kind: 'bad', code, message };
}
