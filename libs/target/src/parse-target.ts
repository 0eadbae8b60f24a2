// SPDX-License-Identifier: Apache-2.0
import { canonicalBytes, err, ok, type Result } from '@fairlead/base';
import * as v from 'valibot';
import { targetLimits } from './limits.ts';
import { requirementProblems } from './requirements.ts';
import { targetSchema } from './schema/target.ts';
import type { TargetState } from './target-state.ts';

/** A target state that is wrong throughout is not described throughout. */
const mostProblems = 100;

/**
 * The only way from bytes to a target state. Strict: unknown or missing keys are problems, and so is any other writing of the same
 * value (blanks, order of keys, a key twice, escapes), because the digest names bytes. Lists every problem; never throws.
 */
export function parseTarget(bytes: Uint8Array): Result<TargetState, readonly string[]> {
  if (bytes.byteLength > targetLimits.bytes) return err([`longer than ${String(targetLimits.bytes)} bytes`]);
  const json = parseJson(bytes);
  if (!json.ok) return err([json.error]);
  const form = v.safeParse(targetSchema, json.value);
  if (!form.success) return err(form.issues.slice(0, mostProblems).map(problemOf));
  const problems = requirementProblems(form.output.units);
  if (problems.length > 0) return err(problems.slice(0, mostProblems));
  return isCanonical(form.output, bytes) ? ok(form.output) : err(['not in canonical form (RFC 8785)']);
}

function parseJson(bytes: Uint8Array): Result<unknown, string> {
  try {
    return ok<unknown>(JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)));
  } catch {
    return err('no JSON in UTF-8');
  }
}

function isCanonical(state: TargetState, bytes: Uint8Array): boolean {
  try {
    return Buffer.compare(canonicalBytes(state), bytes) === 0;
  } catch {
    // A lone surrogate has an escaped writing in JSON but no canonical one.
    return false;
  }
}

function problemOf(issue: v.BaseIssue<unknown>): string {
  return `${v.getDotPath(issue) ?? 'target state'}: ${issue.message}`;
}
