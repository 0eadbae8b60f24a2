// SPDX-License-Identifier: Apache-2.0
import { appendFileSync, existsSync, mkdirSync, renameSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

/** A file that is appended to and gives way to an empty one when it is full: `path`, `path.1`, … from new to old. */
export interface RotatingFile {
  /** On disk, though not for good, when it returns. What cannot be written is lost: a log must not stop who writes it. */
  write(text: string): void;
}

/** `bytes`: of one file. `files`: kept, the current one included. */
export function createRotatingFile(path: string, bytes: number, files: number): RotatingFile {
  const nameOf = (age: number): string => (age === 0 ? path : `${path}.${String(age)}`);
  let size: number | null = null;
  const rotate = (): void => {
    for (let age = files - 1; age > 0; age -= 1)
      if (existsSync(nameOf(age - 1))) renameSync(nameOf(age - 1), nameOf(age));
  };
  return {
    write(text) {
      const length = Buffer.byteLength(text);
      try {
        if (size === null) mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
        size ??= statSync(path, { throwIfNoEntry: false })?.size ?? 0;
        if (size > 0 && size + length > bytes) {
          rotate();
          size = 0;
        }
        // With one file there is none to rotate to, and it begins anew.
        appendFileSync(path, text, { mode: 0o600, flag: size === 0 ? 'w' : 'a' });
        size += length;
      } catch {
        size = null;
      }
    },
  };
}
