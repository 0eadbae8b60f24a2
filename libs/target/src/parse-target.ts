// SPDX-License-Identifier: Apache-2.0
import { canonicalBytes, err, isSameJson, ok, type Result } from '@fairlead/base';
import * as v from 'valibot';
import { targetLimits } from './limits.ts';
import { requirementProblems } from './requirements.ts';
import { targetSchema } from './schema/target.ts';
import type { TargetState } from './target-state.ts';

/** A target state that is wrong throughout is not described throughout. */
const mostProblems = 100;
const tooLong = `longer than ${String(targetLimits.bytes)} bytes`;
const notCanonical = 'not in canonical form (RFC 8785)';

/**
 * The only way from bytes to a target state. Strict: unknown or missing keys are problems, and so is any other writing of the same
 * value (blanks, order of keys, a key twice, escapes), because the digest names bytes. Lists every problem; never throws.
 */
export function parseTarget(bytes: Uint8Array): Result<TargetState, readonly string[]> {
  if (bytes.byteLength > targetLimits.bytes) return err([tooLong]);
  const json = parseJson(bytes);
  if (!json.ok) return err([json.error]);
  const state = checkState(json.value);
  if (!state.ok) return state;
  return isCanonical(state.value, bytes) ? state : err([notCanonical]);
}

/** What `parseTarget` says against the canonical bytes of this state, for whoever has just made them and need not read them again. */
export function targetProblems(state: TargetState, bytes: Uint8Array): readonly string[] {
  if (bytes.byteLength > targetLimits.bytes) return [tooLong];
  const checked = checkState(state);
  if (!checked.ok) return checked.error;
  // As in bytes: the schema leaves out names that JavaScript gives a meaning.
  return isSameJson(checked.value, state) ? [] : [notCanonical];
}

function checkState(value: unknown): Result<TargetState, readonly string[]> {
  const form = v.safeParse(targetSchema, value);
  if (!form.success) return err(form.issues.slice(0, mostProblems).map(problemOf));
  const problems = requirementProblems(form.output.units);
  return problems.length > 0 ? err(problems.slice(0, mostProblems)) : ok(form.output);
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
