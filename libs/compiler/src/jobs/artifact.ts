// SPDX-License-Identifier: Apache-2.0
import { digestFromHex } from '@fairlead/base';
import type { ChecksumEntry, Pins } from '@fairlead/spec';
import type { Artifact } from '@fairlead/target';
import { inside, type Findings, type Source } from '../findings.ts';
import type { LockView } from '../lock/lock-view.ts';

/** What an image and a file of a config have in common. */
interface ArtifactEntry {
  readonly url: string;
  readonly size?: number;
  readonly checksum?: ChecksumEntry;
}

const httpUrl = /^https?:\/\/[^/\s]+/;

/** A download with SHA-256 and size, of the file or the lock; undefined, with findings, where neither has them. */
export function artifactOf<F extends Artifact['format']>(
  entry: ArtifactEntry,
  format: F,
  source: Source,
  lock: LockView,
  findings: Findings,
): (Artifact & { readonly format: F }) | undefined {
  const { url, size = 0, checksum } = entry;
  const reachable = httpUrl.test(url);
  if (!reachable)
    findings.add(source, '/url', { code: 'invalid-value', message: `'${url}' is no http or https URL` });
  const sums = checksum === undefined ? {} : pinsOf(checksum, source, findings);
  if (!reachable || sums === undefined) return undefined;
  const pins: Pins = size === 0 ? sums : { ...sums, size };
  const lacks = (['checksum', 'size'] as const)
    .filter((key) => (key === 'size' ? size === 0 : checksum === undefined))
    .map((key) => inside(source, key));
  const content = lock.file(url, pins, inside(source, 'url'), findings, lacks);
  if (content === undefined) return undefined;
  const { digest } = content;
  const md5 = sums.md5 === undefined ? {} : { md5: sums.md5 };
  return { url, digest, size: content.size, format, ...md5 };
}

const lengths: Readonly<Record<string, number>> = { sha256sum: 64, md5sum: 32 };

/** Undefined, with a finding, where the checksum has not the form of one. */
function pinsOf({ type, value }: ChecksumEntry, source: Source, findings: Findings): Pins | undefined {
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
  if (type === 'sha256sum') return { digest: digestFromHex(value) };
  findings.add(source, '/checksum', {
    severity: 'warning',
    code: 'weak-checksum',
    message: 'MD5 does not tell a file from a forged one',
  });
  return { md5: value.toLowerCase() };
}
