// SPDX-License-Identifier: Apache-2.0
import { digestHex, FairleadError, type Digest } from '@fairlead/base';
import { openAuthority, type Authority, type KeyPair } from '@fairlead/identity/authority';
import { readKeyFiles } from '@fairlead/program';
import { ed25519Signer, type Ed25519Signer, type RevisionSigners } from '@fairlead/trust/sign';
import { readTrustedRoot, rootIdentity } from '@fairlead/trust/verify';

/** What a server holds of the key folder. The root key is not among it: it stays offline. */
export interface ServerKeys {
  /** Bytes of root version 1. */
  readonly firstRoot: Uint8Array;
  /** The fleet's id: SHA-256 of root version 1. */
  readonly fleet: Digest;
  readonly signers: RevisionSigners;
  /** Signs commits of the fleet log. */
  readonly logSigner: Ed25519Signer;
  readonly authority: Authority;
  /** Makes and checks enrolment tokens. */
  readonly enrolmentKey: Uint8Array;
  /** What the listeners show. */
  readonly server: KeyPair;
}

/** Reads the key folder; refuses one that others may read, that is incomplete, or whose CA the root does not name. */
export async function readServerKeys(dir: string): Promise<ServerKeys> {
  const files = await readKeyFiles(dir, [
    'root.json',
    'targets.pem',
    'snapshot.pem',
    'timestamp.pem',
    'ca.pem',
    'ca.crt',
    'enrolment.key',
    'server/key.pem',
    'server/cert.pem',
  ]);
  const firstRoot = files['root.json'];
  const root = readTrustedRoot(firstRoot);
  if (!root.ok)
    throw new FairleadError({
      code: 'keys-missing',
      message: `${dir}/root.json is no valid root: ${root.error.message}`,
    });
  const certificate = files['ca.crt'].toString('utf8');
  const authority = openAuthority({ key: files['ca.pem'].toString('utf8'), certificate });
  if (!root.value.ca.includes(authority.fingerprint)) {
    throw new FairleadError({
      code: 'keys-missing',
      message: `${dir}/root.json does not name the CA of ${dir}/ca.crt (${digestHex(authority.fingerprint)})`,
      hint: 'Restore both files from the same key set.',
    });
  }
  const signer = (name: 'targets.pem' | 'snapshot.pem' | 'timestamp.pem'): Ed25519Signer =>
    ed25519Signer(files[name].toString('utf8'));
  const logSigner = signer('snapshot.pem');
  return {
    firstRoot,
    fleet: rootIdentity(firstRoot),
    signers: {
      targets: [signer('targets.pem')],
      snapshot: [logSigner],
      timestamp: [signer('timestamp.pem')],
    },
    logSigner,
    authority,
    enrolmentKey: files['enrolment.key'],
    server: {
      key: files['server/key.pem'].toString('utf8'),
      certificate: files['server/cert.pem'].toString('utf8'),
    },
  };
}
