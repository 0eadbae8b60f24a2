// SPDX-License-Identifier: Apache-2.0
import { err, isCode, ok, type Code, type Result } from '@fairlead/base';
import * as v from 'valibot';
import type { AgentStatus } from './agent-status.ts';

/** What the local socket is asked: one JSON object a line, one answer a line, in order. */
export interface LocalRequest {
  readonly method: (typeof methods)[number];
}

export type LocalAnswer =
  | { readonly ok: true; readonly result: AgentStatus | null }
  | {
      readonly ok: false;
      readonly error: { readonly code: Code; readonly message: string; readonly hint: string };
    };

/** `status`: what the agent is at. `stop`: the agent ends and lets its jobs run on; answered before it does. */
const methods = ['status', 'stop'] as const;

/** Longest line either way, in bytes. */
export const localLimits = { request: 64 * 1024, answer: 16 * 2 ** 20 } as const;

const requestSchema = v.strictObject({ method: v.picklist(methods) });

const answerSchema = v.union([
  v.strictObject({ ok: v.literal(true), result: v.unknown() }),
  v.strictObject({
    ok: v.literal(false),
    error: v.strictObject({
      code: v.custom<Code>((value) => typeof value === 'string' && isCode(value), 'not a code'),
      message: v.string(),
      hint: v.string(),
    }),
  }),
]);

export function parseRequest(line: string): Result<LocalRequest, string> {
  return parseLine(requestSchema, line);
}

/** The answer of an agent of this release: of its result no more is checked than that it is JSON. */
export function parseAnswer(line: string): Result<LocalAnswer, string> {
  const parsed = parseLine(answerSchema, line);
  return parsed.ok ? ok(parsed.value as LocalAnswer) : parsed;
}

function parseLine<Schema extends v.GenericSchema>(
  schema: Schema,
  line: string,
): Result<v.InferOutput<Schema>, string> {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return err('not JSON');
  }
  const parsed = v.safeParse(schema, value);
  if (parsed.success) return ok(parsed.output);
  return err(
    parsed.issues.map((issue) => `${v.getDotPath(issue) ?? 'content'}: ${issue.message}`).join('; '),
  );
}
