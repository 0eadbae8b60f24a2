// SPDX-License-Identifier: Apache-2.0
import { FairleadError, type Digest } from '@fairlead/base';
import { certificateFingerprint } from '@fairlead/identity';
import { openAuthority, type Authority, type KeyPair } from '@fairlead/identity/authority';
import { listKeyFiles, readKeyFiles } from '@fairlead/program';
import { ed25519Signer, type Ed25519Signer } from '@fairlead/trust/sign';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { join } from 'node:path';

/** Everything in a key folder that a server may need; which of it counts, the root says. */
export interface HeldKeys {
  readonly firstRoot: Uint8Array;
  readonly enrolmentKey: Uint8Array;
  /** Of the roles targets, snapshot and timestamp. */
  readonly signers: readonly Ed25519Signer[];
  readonly cas: readonly HeldCa[];
  readonly server: KeyPair;
}

export interface HeldCa {
  /** PEM. */
  readonly certificate: string;
  /** SHA-256 of the certificate (DER). */
  readonly fingerprint: Digest;
  /** Undefined: its key is not here, so it issues nothing. */
  readonly authority: Authority | undefined;
}

/** A role's first key is `<role>.pem`; one that came with root version n is `<role>.<n>.pem`. CAs likewise, as `.crt` with a `.pem`. */
const signerFile = /^(targets|snapshot|timestamp)(\.\d+)*\.pem$/;
const caFile = /^(ca(?:\.\d+)?)\.crt$/;

/** Refuses a folder that others may read (`keys-too-open`), or that lacks what no server does without (`keys-missing`). */
export async function readHeldKeys(dir: string): Promise<HeldKeys> {
  const names = await listKeyFiles(dir);
  const signerNames = names.filter((name) => signerFile.test(name));
  const caNames = names.flatMap((name) => caFile.exec(name)?.[1] ?? []);
  for (const [file, isThere] of [
    ['snapshot.pem', signerNames.some((name) => name.startsWith('snapshot'))],
    ['timestamp.pem', signerNames.some((name) => name.startsWith('timestamp'))],
    ['ca.crt', caNames.length > 0],
  ] as const) {
    if (!isThere)
      throw new FairleadError({ code: 'keys-missing', message: `there is no ${join(dir, file)}` });
  }
  const files = await readKeyFiles(dir, ['root.json', 'enrolment.key', 'server/key.pem', 'server/cert.pem']);
  const signers = await readKeyFiles(dir, signerNames);
  return {
    firstRoot: files['root.json'],
    enrolmentKey: files['enrolment.key'],
    signers: Object.values(signers).map((pem) => ed25519Signer(pem.toString('utf8'))),
    cas: await Promise.all(caNames.map((name) => readCa(dir, name, names.includes(`${name}.pem`)))),
    server: serverPair(dir, {
      key: files['server/key.pem'].toString('utf8'),
      certificate: files['server/cert.pem'].toString('utf8'),
    }),
  };
}

/** Refuses a certificate that is not for the key. */
function serverPair(dir: string, pair: KeyPair): KeyPair {
  try {
    if (new X509Certificate(pair.certificate).checkPrivateKey(createPrivateKey(pair.key))) return pair;
  } catch {
    // Not PEM, or cut off.
  }
  const message = `${join(dir, 'server')}: cert.pem is no certificate for key.pem`;
  throw new FairleadError({ code: 'keys-missing', message });
}

async function readCa(dir: string, name: string, hasKey: boolean): Promise<HeldCa> {
  const [certificate] = Object.values(await readKeyFiles(dir, [`${name}.crt`])).map(String);
  const [key] = hasKey ? Object.values(await readKeyFiles(dir, [`${name}.pem`])).map(String) : [];
  if (certificate === undefined)
    throw new FairleadError({ code: 'keys-missing', message: `cannot read ${join(dir, name)}.crt` });
  return {
    certificate,
    fingerprint: certificateFingerprint(new X509Certificate(certificate)),
    authority: key === undefined ? undefined : openAuthority({ key, certificate }),
  };
}
