// SPDX-License-Identifier: Apache-2.0
import { FairleadError } from '@fairlead/base';
import { listKeyFiles, readKeyFiles } from '@fairlead/program';
import { ed25519Signer, type Ed25519Signer } from '@fairlead/trust/sign';
import type { RoleName } from '@fairlead/trust/verify';
import { createPublicKey } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';

/** The keys for a role in a key folder: `<role>.pem`, and `<role>.<n>.pem` that came with root version n. */
export async function readRoleSigners(dir: string, role: RoleName): Promise<readonly Ed25519Signer[]> {
  const form = new RegExp(`^${role}(\\.\\d+)*\\.pem$`);
  const names = (await listKeyFiles(dir)).filter((name) => form.test(name));
  return Object.values(await readKeyFiles(dir, names)).map((pem) => ed25519Signer(pem.toString('utf8')));
}

/** One private key in a file of its own, which nobody else may read. */
export async function readSigner(path: string): Promise<Ed25519Signer> {
  const pem = await readPem(path);
  if (((await stat(path)).mode & 0o077) !== 0) {
    throw new FairleadError({
      code: 'keys-too-open',
      message: `${path} can be read by others`,
      hint: `Run: chmod go-rwx ${path}`,
    });
  }
  try {
    return ed25519Signer(pem);
  } catch (cause) {
    throw new FairleadError({ code: 'keys-missing', message: `${path} holds no private Ed25519 key`, cause });
  }
}

/** The raw public key in a PEM file, such as `keys create` writes beside the private one. */
export async function readPublicKey(path: string): Promise<Uint8Array> {
  const pem = await readPem(path);
  try {
    const { kty, crv, x = '' } = createPublicKey(pem).export({ format: 'jwk' });
    if (kty === 'OKP' && crv === 'Ed25519') return Buffer.from(x, 'base64url');
  } catch {
    // Said below.
  }
  throw new FairleadError({ code: 'keys-missing', message: `${path} holds no public Ed25519 key` });
}

async function readPem(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw new FairleadError({ code: 'keys-missing', message: `cannot read ${path}`, cause });
  }
}
