// SPDX-License-Identifier: Apache-2.0
import { sha256, type Digest } from '@fairlead/base';
import { isLfsPointer } from './decode-text.ts';
import { at, type Problem } from './diagnostic.ts';
import type { ParsedFile } from './parsed-file.ts';

/** A file that goes to devices as it is. */
export interface FileContent {
  readonly digest: Digest;
  /** Bytes. */
  readonly size: number;
}

/** A file of any form, of which only digest and size are looked at. */
export function parseContentFile(bytes: Uint8Array): ParsedFile<FileContent> {
  const refused = (code: Problem['code'], message: string): ParsedFile<FileContent> => ({
    value: undefined,
    problems: [{ severity: 'error', code, message, place: at('') }],
    faulty: new Set(['']),
    text: '',
  });
  if (bytes.byteLength === 0) return refused('invalid-value', 'the file is empty');
  if (isLfsPointer(Buffer.from(bytes.subarray(0, 100)).toString('latin1')))
    return refused('lfs-pointer', 'the file is a Git LFS pointer, not its content');
  const value = { digest: sha256(bytes), size: bytes.byteLength };
  return { value, problems: [], faulty: new Set(), text: '' };
}
