// SPDX-License-Identifier: Apache-2.0
import { complaintAt, type FileSchema } from '@fairlead/spec';
import type { Findings, Source } from './findings.ts';
import { substitute, type VariableUse } from './placeholders.ts';

/** Values by name. */
export type Vars = ReadonlyMap<string, string>;

/** Holds every text with variables against the rules of its place, if a schema says them, once its variables have values. */
export function checkValues(
  uses: readonly VariableUse[],
  vars: Vars,
  schema: FileSchema | undefined,
  findings: Findings,
): void {
  const checked = new Set<string>();
  for (const { name, text, ...place } of uses) {
    const value = vars.get(name);
    if (value === undefined) continue;
    if (value.includes('{{')) {
      const message = `the value of vars.${name} holds '{{', and what a variable holds is never filled in`;
      findings.add(place, '', { code: 'variable-invalid', message });
      continue;
    }
    // A text may hold thousands of variables: it is looked at once for all.
    const key = placeKey(place);
    if (schema === undefined || checked.has(key)) continue;
    checked.add(key);
    const complaint = complaintAt(schema, place.pointer, substitute(text, vars));
    if (complaint !== undefined)
      findings.add(place, '', { code: 'variable-invalid', message: complaint.message });
  }
}

/**
 * Findings whose errors name the variables which the text at their place has its value from. What hangs on an undefined one is not known.
 */
export function namingVariables(findings: Findings, uses: readonly VariableUse[], vars: Vars): Findings {
  if (uses.length === 0) return findings;
  const byPlace = Map.groupBy(uses, placeKey);
  return {
    ...findings,
    get all() {
      return findings.all;
    },
    get hasErrors() {
      return findings.hasErrors;
    },
    add(source, path, finding) {
      const here = byPlace.get(placeKey({ file: source.file, pointer: source.pointer + path })) ?? [];
      if (here.some(({ name }) => !vars.has(name))) return;
      const names = (finding.severity ?? 'error') === 'error' ? new Set(here.map(({ name }) => name)) : [];
      const values = [...names].map((name) => `vars.${name} = ${shown(vars.get(name) ?? '')}`);
      const message = `${finding.message} (with ${values.join(', ')})`;
      findings.add(source, path, values.length === 0 ? finding : { ...finding, message });
    },
  };
}

function placeKey({ file, pointer }: Source): string {
  return `${file} ${pointer}`;
}

function shown(value: string): string {
  return JSON.stringify(value.length > 60 ? `${value.slice(0, 57)}…` : value);
}
