// SPDX-License-Identifier: Apache-2.0
import { errnoOf, FairleadError } from '@fairlead/base';
import { readFile } from 'node:fs/promises';

/** The secret that forges prove to know: the file's one line. Undefined: there is no file, and webhooks are not taken. */
export async function readHookSecret(file: string | undefined): Promise<string | undefined> {
  if (file === undefined) return undefined;
  const secret = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw wrong(`cannot read ${file}: ${errnoOf(cause) ?? 'unknown reason'}`, cause);
  });
  if (!/^\S{8,}\s*$/.test(secret)) throw wrong(`${file} is to hold one line of at least 8 characters`);
  return secret.trim();
}

function wrong(message: string, cause?: unknown): FairleadError {
  return new FairleadError({
    code: 'misuse',
    message: `--hook-secret-file: ${message}`,
    hint: 'Make one with: openssl rand -hex 32',
    cause,
  });
}
