// SPDX-License-Identifier: Apache-2.0
import { FairleadError } from '@fairlead/base';
import * as v from 'valibot';
import { readIfThere, writeDurably } from './durable-file.ts';

/** Reads a file of our own making; null where there is none. A file that is not of this form throws with every problem. */
export async function readStored<Schema extends v.GenericSchema>(
  path: string,
  schema: Schema,
): Promise<v.InferOutput<Schema> | null> {
  const bytes = await readIfThere(path);
  if (bytes === null) return null;
  const parsed = v.safeParse(schema, parseJson(path, bytes.toString('utf8')));
  if (parsed.success) return parsed.output;
  const problems = parsed.issues.map((issue) => `${v.getDotPath(issue) ?? 'content'}: ${issue.message}`);
  throw unreadable(path, problems.join('; '));
}

export function writeStored(path: string, value: unknown): Promise<void> {
  return writeDurably(path, `${JSON.stringify(value)}\n`);
}

function parseJson(path: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw unreadable(path, 'not JSON', cause);
  }
}

function unreadable(path: string, why: string, cause?: unknown): FairleadError {
  return new FairleadError({ code: 'storage-failed', message: `${path} cannot be read: ${why}`, cause });
}
