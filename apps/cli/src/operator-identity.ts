// SPDX-License-Identifier: Apache-2.0
import { FairleadError, type Digest } from '@fairlead/base';
import { certificateIdentity } from '@fairlead/identity';
import { X509Certificate } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** Who asks: key and certificate of an operator, and the CA by which the server is known. */
export interface OperatorIdentity {
  readonly fleet: Digest;
  readonly key: Buffer;
  readonly certificate: Buffer;
  readonly ca: Buffer;
}

/** Reads a folder with `key.pem`, `cert.pem` and `ca.crt`, as `keys init` makes one. */
export async function readOperatorIdentity(dir: string): Promise<OperatorIdentity> {
  const [key, certificate, ca] = await Promise.all([
    readPart(dir, 'key.pem'),
    readPart(dir, 'cert.pem'),
    readPart(dir, 'ca.crt'),
  ]);
  if (((await stat(join(dir, 'key.pem'))).mode & 0o077) !== 0) {
    throw new FairleadError({
      code: 'keys-too-open',
      message: `${join(dir, 'key.pem')} can be read by others`,
      hint: `Run: chmod go-rwx ${join(dir, 'key.pem')}`,
    });
  }
  const identity = certificateIdentity(new X509Certificate(certificate));
  if (!identity.ok)
    throw new FairleadError({ code: 'keys-missing', message: `${join(dir, 'cert.pem')}: ${identity.error}` });
  return { fleet: identity.value.fleet, key, certificate, ca };
}

async function readPart(dir: string, name: string): Promise<Buffer> {
  try {
    return await readFile(join(dir, name));
  } catch (cause) {
    const hint = 'Name the folder with --identity; keys init makes one as <keys>/operator.';
    throw new FairleadError({ code: 'keys-missing', message: `cannot read ${join(dir, name)}`, hint, cause });
  }
}
