// SPDX-License-Identifier: Apache-2.0
import { FairleadError, type Digest } from '@fairlead/base';
import { certificateFingerprint, certificateIdentity } from '@fairlead/identity';
import { createAuthorityKeys, openAuthority } from '@fairlead/identity/authority';
import { listKeyFiles, readKeyFiles } from '@fairlead/program';
import type { TrustedRoot } from '@fairlead/trust/verify';
import { X509Certificate } from 'node:crypto';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Rotation } from './role-rotation.ts';
import { changeCa } from './root-change.ts';

/** A new CA beside those that count, or other CAs as they were named. A CA goes only when no device needs it any more. */
export async function newCa(input: {
  readonly dir: string;
  readonly root: TrustedRoot;
  /** Files of certificates. */
  readonly add: readonly string[];
  readonly remove: readonly string[];
  readonly threshold: number | undefined;
  readonly expires: number;
  readonly now: number;
}): Promise<Rotation> {
  const { root, add, remove, threshold, expires, now } = input;
  if (threshold !== undefined)
    throw new FairleadError({
      code: 'misuse',
      message: '--threshold: any CA that the root names signs alone',
    });
  if (add.length > 0 || remove.length > 0) {
    const added = await Promise.all(add.map(async (path) => fingerprintOf(await readFile(path, 'utf8'))));
    return { content: changeCa(root, { add: added, remove }, expires), files: {} };
  }
  const keys = await createAuthorityKeys(now);
  const name = `ca.${String(root.version + 1)}`;
  return {
    content: changeCa(root, { add: [openAuthority(keys).fingerprint], remove: [] }, expires),
    files: { [`${name}.pem`]: keys.key, [`${name}.crt`]: keys.certificate },
  };
}

/**
 * Where the CA of the folder's operator goes, the operator gets a certificate of the newest CA that stays; and the CAs by which the
 * server is known are those that stay. Nothing is done where the folder has no operator.
 */
export async function newOperatorCertificate(
  dir: string,
  staying: readonly Digest[],
  now: number,
): Promise<void> {
  const own = join(dir, 'operator');
  const current = await readFile(join(own, 'cert.pem'), 'utf8').catch(() => undefined);
  if (current === undefined) return;
  const names = (await listKeyFiles(dir)).filter((name) => /^ca(\.\d+)?\.crt$/.test(name));
  const certificates = new Map(
    Object.entries(await readKeyFiles(dir, names)).map(([name, pem]) => [
      fingerprintOf(pem.toString('utf8')),
      { name, pem: pem.toString('utf8') },
    ]),
  );
  const known = staying.flatMap((digest) => certificates.get(digest) ?? []);
  const newest = known.at(-1);
  if (newest === undefined) return;
  await replace(join(own, 'ca.crt'), known.map(({ pem }) => pem).join(''));
  const certificate = new X509Certificate(current);
  if (known.some(({ pem }) => certificate.verify(new X509Certificate(pem).publicKey))) return;
  const identity = certificateIdentity(certificate);
  if (!identity.ok || identity.value.kind !== 'operator') return;
  const { fleet, name } = identity.value;
  const keyFile = newest.name.replace(/\.crt$/, '.pem');
  const [caKey = ''] = Object.values(await readKeyFiles(dir, [keyFile])).map(String);
  const authority = openAuthority({ key: caKey, certificate: newest.pem });
  const key = await readFile(join(own, 'key.pem'), 'utf8');
  const issued = await authority.issueOperator({ key, fleet, name, now });
  await replace(join(own, 'cert.pem'), issued.certificate);
}

async function replace(path: string, content: string): Promise<void> {
  await writeFile(`${path}.new`, content, { mode: 0o600, flush: true });
  await rename(`${path}.new`, path);
}

function fingerprintOf(pem: string): Digest {
  try {
    return certificateFingerprint(new X509Certificate(pem));
  } catch (cause) {
    throw new FairleadError({ code: 'keys-missing', message: 'not a certificate', cause });
  }
}
