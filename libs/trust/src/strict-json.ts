// SPDX-License-Identifier: Apache-2.0
import { canonicalBytes, err, ok, type Result } from '@fairlead/base';
import * as v from 'valibot';

/** Reads signed JSON: UTF-8, valid by the schema, and byte for byte the canonical form, so that one value has one digest. */
export function parseStrict<Schema extends v.GenericSchema>(
  schema: Schema,
  bytes: Uint8Array,
): Result<v.InferOutput<Schema>, readonly string[]> {
  const value = readJson(bytes);
  if (!value.ok) return err([value.error]);
  const problems = [...problemsOf(schema, value.value), ...canonicalProblems(value.value, bytes)];
  return problems.length > 0 ? err(problems) : ok(value.value as v.InferOutput<Schema>);
}

/** What `value` has wrong by the schema, each with its place. */
export function problemsOf(schema: v.GenericSchema, value: unknown): string[] {
  const checked = v.safeParse(schema, value);
  if (checked.success) return [];
  return checked.issues.map((issue) => `${v.getDotPath(issue) ?? 'content'}: ${issue.message}`);
}

/** JSON of exactly these bytes: text that would read back as other bytes (a byte order mark, broken UTF-8) is refused. */
export function readJson(bytes: Uint8Array): Result<unknown, string> {
  const text = exactText(bytes);
  if (text === undefined) return err('not UTF-8');
  try {
    return ok<unknown>(JSON.parse(text));
  } catch {
    return err('not JSON');
  }
}

/** The text of the bytes, or undefined where the text would not give the same bytes back. */
export function exactText(bytes: Uint8Array): string | undefined {
  const text = Buffer.from(bytes).toString('utf8');
  return Buffer.from(text, 'utf8').equals(bytes) ? text : undefined;
}

function canonicalProblems(value: unknown, bytes: Uint8Array): string[] {
  try {
    return Buffer.from(bytes).equals(canonicalBytes(value)) ? [] : ['not in canonical form'];
  } catch {
    return ['has no canonical form'];
  }
}
