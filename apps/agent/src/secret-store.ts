// SPDX-License-Identifier: Apache-2.0
import { readFileSync, statSync } from 'node:fs';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { replaceFile } from '@fairlead/artifacts';
import { err, errnoOf, ok, type Result } from '@fairlead/base';
import type { SecretSource } from '@fairlead/engine';

/** The secrets of a device: a file each, for its owner alone. They stand nowhere else but in the runs of the jobs that use them. */
export interface SecretStore extends SecretSource {
  /** Names, sorted by bytes. */
  list(): Promise<readonly string[]>;
  set(name: string, value: string): Promise<void>;
  /** False: there was none of this name. */
  remove(name: string): Promise<boolean>;
}

/** Bytes of a value: what fits into a variable of an environment (execve(2): 128 KiB with its name). */
export const mostSecretBytes = 64 * 1024;

/** As the compiler takes them in `{{secrets.NAME}}`. */
const nameForm = /^(?!.*\.\.)[A-Za-z0-9_][A-Za-z0-9_.-]{0,62}$/;

/** `registry/<host>` or `registry/<host>:<port>`: the login of a registry, which no text of the fleet can name. */
const registryForm = /^registry\/(?!.*\.\.)[A-Za-z0-9[][A-Za-z0-9.:[\]-]{0,199}$/;

/** Two dots stand in no name, so that neither a file nor what is written beside it is taken for another secret. */
const suffix = '..value';

/** In place of a slash; no name has one of its own. */
const slash = '%';

export function createSecretStore(dir: string): SecretStore {
  const pathOf = (name: string): string | null =>
    isSecretName(name) ? join(dir, `${name.replace('/', slash)}${suffix}`) : null;
  const mark = (name: string): string | null => {
    const path = pathOf(name);
    const found = path === null ? undefined : statSync(path, { bigint: true, throwIfNoEntry: false });
    return found?.isFile() === true ? `${String(found.ino)}-${String(found.mtimeNs)}` : null;
  };
  return {
    mark,
    read(name) {
      const path = pathOf(name);
      // The mark first: of a value that is replaced meanwhile the older mark is kept, and the newer one is noticed.
      const known = mark(name);
      if (path === null || known === null) return null;
      try {
        return { value: readFileSync(path, 'utf8'), mark: known };
      } catch (thrown) {
        if (errnoOf(thrown) === 'ENOENT') return null;
        throw thrown;
      }
    },
    async list() {
      return (await readdir(dir).catch(() => []))
        .filter((file) => file.endsWith(suffix))
        .map((file) => file.slice(0, -suffix.length).replace(slash, '/'))
        .filter(isSecretName)
        .sort();
    },
    async set(name, value) {
      const path = pathOf(name);
      if (path === null) throw new TypeError(`no name of a secret: ${name}`);
      await mkdir(dir, { recursive: true, mode: 0o700 });
      await replaceFile(path, Buffer.from(value, 'utf8'), 0o600);
    },
    async remove(name) {
      const path = pathOf(name);
      if (path === null || mark(name) === null) return false;
      await rm(path, { force: true });
      return true;
    },
  };
}

export function isSecretName(name: string): boolean {
  return nameForm.test(name) || registryForm.test(name);
}

/** A value as it was piped in: without the line end that `echo` adds. */
export function parseSecret(bytes: Buffer): Result<string, string> {
  if (bytes.length > mostSecretBytes) return err(`it is longer than ${String(mostSecretBytes)} bytes`);
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return err('it is no UTF-8 text');
  }
  const value = text.replace(/\r?\n$/, '');
  if (value === '') return err('it is empty');
  return value.includes('\0') ? err('it holds a zero byte') : ok(value);
}
