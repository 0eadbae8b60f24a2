// SPDX-License-Identifier: Apache-2.0
import { digestFromHex, type Digest } from '@fairlead/base';
import type { ChecksumEntry } from '@fairlead/spec';
import type { Artifact } from '@fairlead/target';
import { inside, type Findings, type Source } from '../findings.ts';

/** What an image and a file of a config have in common. */
interface ArtifactEntry {
  readonly url: string;
  readonly size?: number;
  readonly checksum?: ChecksumEntry;
}

const httpUrl = /^https?:\/\/[^/\s]+/;

/** A download that is pinned by SHA-256 and size; undefined, with findings, where it is not. */
export function artifactOf<F extends Artifact['format']>(
  entry: ArtifactEntry,
  format: F,
  source: Source,
  findings: Findings,
): (Artifact & { readonly format: F }) | undefined {
  const { url, size = 0, checksum } = entry;
  const reachable = httpUrl.test(url);
  if (!reachable)
    findings.add(source, '/url', { code: 'invalid-value', message: `'${url}' is no http or https URL` });
  const digest = checksum === undefined ? undefined : digestOf(checksum, source, findings);
  const missing = [...(checksum === undefined ? ['checksum'] : []), ...(size === 0 ? ['size'] : [])];
  if (missing.length > 0) {
    findings.add(source, '', {
      code: 'reference-unlocked',
      message: `${url} has no ${missing.join(' and no ')}: what it means may change`,
      lacks: missing.map((key) => inside(source, key)),
    });
  }
  return reachable && digest !== undefined && size > 0 ? { url, digest, size, format } : undefined;
}

const lengths: Readonly<Record<string, number>> = { sha256sum: 64, md5sum: 32 };

function digestOf({ type, value }: ChecksumEntry, source: Source, findings: Findings): Digest | undefined {
  const length = lengths[type];
  if (length === undefined) return undefined;
  if (value.length !== length || !/^[0-9a-fA-F]+$/.test(value)) {
    const found = /^[0-9a-fA-F]*$/.test(value)
      ? `this one has ${String(value.length)}`
      : 'this one has other characters';
    findings.add(source, '/checksum/value', {
      code: 'invalid-checksum',
      message: `a ${type} has ${String(length)} hexadecimal digits, ${found}`,
    });
    return undefined;
  }
  if (type === 'sha256sum') return digestFromHex(value);
  findings.add(source, '/checksum', {
    severity: 'warning',
    code: 'weak-checksum',
    message: 'MD5 does not tell a file from a forged one',
  });
  findings.add(source, '/checksum', {
    code: 'reference-unlocked',
    message: 'an MD5 alone pins nothing: the reference has no SHA-256',
  });
  return undefined;
}
