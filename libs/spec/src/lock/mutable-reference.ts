// SPDX-License-Identifier: Apache-2.0
import type { Digest } from '@fairlead/base';
import type { Diagnostic } from '../diagnostic.ts';
import type { LockReference } from './lock-file.ts';

/** What a file says itself of what it refers to; the lock must agree. */
export interface Pins {
  readonly digest?: Digest;
  /** Bytes. */
  readonly size?: number;
  /** 32 hexadecimal digits in lower case. */
  readonly md5?: string;
}

/** What other content says instead of what is pinned, for people; undefined where it is as pinned. */
export function disagreement(pins: Pins, found: Required<Omit<Pins, 'md5'>> & Pins): string | undefined {
  const { digest, size, md5 } = pins;
  if (digest !== undefined && digest !== found.digest) return found.digest;
  if (size !== undefined && size !== found.size) return `${String(found.size)} bytes`;
  return md5 !== undefined && found.md5 !== undefined && md5 !== found.md5 ? `md5 ${found.md5}` : undefined;
}

/** A reference that hangs on the lock, and where people find it. */
export interface MutableReference {
  readonly reference: LockReference;
  readonly pins: Pins;
  readonly place: Pick<Diagnostic, 'file' | 'line' | 'column' | 'endLine' | 'endColumn'>;
}
