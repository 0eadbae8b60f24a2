// SPDX-License-Identifier: Apache-2.0
import { FairleadError } from '@fairlead/base';
import { readFile } from 'node:fs/promises';

/** Reads `--config`: one JSON object whose keys are flag names. A key that no command of the program knows is misuse. */
export async function readConfigFile(
  path: string,
  known: ReadonlySet<string>,
): Promise<ReadonlyMap<string, string>> {
  const value = await readJson(path);
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw misuse(`${path} is no JSON object`);
  const entries = Object.entries(value);
  const unknown = entries.map(([key]) => key).filter((key) => !known.has(key));
  if (unknown.length > 0) throw misuse(`${path} has unknown keys: ${unknown.join(', ')}`);
  return new Map(
    entries.map(([key, item]: [string, unknown]) => {
      if (typeof item !== 'string' && typeof item !== 'number' && typeof item !== 'boolean') {
        throw misuse(`${path}: '${key}' is neither text, number, true nor false`);
      }
      return [key, String(item)];
    }),
  );
}

async function readJson(path: string): Promise<unknown> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    throw new FairleadError({
      code: 'storage-failed',
      message: `cannot read ${path}`,
      hint: 'Check the path given with --config.',
      cause,
    });
  }
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new FairleadError({ code: 'misuse', message: `${path} is not JSON`, cause });
  }
}

function misuse(message: string): FairleadError {
  return new FairleadError({
    code: 'misuse',
    message,
    hint: 'Keys are the names of flags, as --help lists them.',
  });
}
