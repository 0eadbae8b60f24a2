// SPDX-License-Identifier: Apache-2.0
import { complaintAbout, hasType, matches, wrongType, type Complaint } from './check-value.ts';
import { tokensOf } from './diagnostic.ts';
import type { FileSchema, JsonSchema } from './schemas/json-schema.ts';

/** What would be wrong with a text or number at a place of a file, had it stood there. Undefined too where the file has no such place. */
export function complaintAt(schema: FileSchema, pointer: string, value: unknown): Complaint | undefined {
  let rules: JsonSchema = schema;
  for (const token of tokensOf(pointer)) rules = innerRules(resolve(schema, rules), token);
  const form = rules.$ref?.slice('#/$defs/'.length) ?? '';
  const named = resolve(schema, rules);
  if (named.type !== undefined && !hasType(value, named.type)) return wrongType(named.type, value);
  return complaintAbout(value, named, form);
}

function resolve(schema: FileSchema, rules: JsonSchema): JsonSchema {
  return schema.$defs[rules.$ref?.slice('#/$defs/'.length) ?? ''] ?? rules;
}

function innerRules({ items, ...rules }: JsonSchema, token: string): JsonSchema {
  if (items !== undefined) return items;
  const { properties = {}, patternProperties = {}, additionalProperties } = rules;
  if (Object.hasOwn(properties, token)) return properties[token] ?? {};
  const free = Object.entries(patternProperties).find(([pattern]) => matches(pattern, token));
  return free?.[1] ?? (additionalProperties === false ? {} : (additionalProperties ?? {}));
}
