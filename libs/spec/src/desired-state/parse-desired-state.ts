// SPDX-License-Identifier: Apache-2.0
import type { DesiredState } from '@fairlead/target';
import { at, atKey, type Problem } from '../diagnostic.ts';
import { parseAs } from '../parse-files.ts';
import type { ParsedFile } from '../parsed-file.ts';
import { desiredStateShape, type DesiredStateFile } from '../schemas/desired-state-schema.ts';
import { desiredStateProblems } from './desired-state-rules.ts';

/** A desired state and where in its file it stands. */
export interface LocatedState {
  /** JSON pointer: empty, or that of the payload. Lists may have holes where the file is faulty. */
  readonly pointer: string;
  readonly state: DesiredState;
}

/** A Kanto desired state, bare or in its envelope. */
export function parseDesiredState(bytes: Uint8Array): ParsedFile<LocatedState> {
  const parsed = parseAs(bytes, desiredStateShape);
  if (parsed.value === undefined) return { ...parsed, value: undefined };
  const { payload, domains, baselines } = parsed.value;
  const enveloped = payload !== undefined || parsed.faulty.has('/payload');
  const value: LocatedState = enveloped
    ? { pointer: '/payload', state: payload ?? {} }
    : {
        pointer: '',
        state: {
          ...(baselines === undefined ? {} : { baselines }),
          ...(domains === undefined ? {} : { domains }),
        },
      };
  const problems = [
    ...parsed.problems,
    ...formProblems(parsed.value, enveloped, parsed.faulty),
    ...desiredStateProblems(value, parsed.faulty),
  ];
  return { ...parsed, value, problems };
}

/** It stands in one place, and somewhere. */
function formProblems(
  { domains, baselines }: DesiredStateFile,
  enveloped: boolean,
  faulty: ReadonlySet<string>,
): readonly Problem[] {
  const outside = [
    ...(domains === undefined ? [] : ['/domains']),
    ...(baselines === undefined ? [] : ['/baselines']),
  ];
  if (enveloped) {
    return outside.map((pointer) => ({
      severity: 'error',
      code: 'conflicting-settings',
      message: 'the desired state stands in payload and beside it',
      hint: 'Move this into payload.',
      place: atKey(pointer),
    }));
  }
  if (outside.length > 0 || faulty.size > 0) return [];
  return [
    {
      severity: 'error',
      code: 'missing-key',
      message: "the key 'domains' is missing",
      hint: 'Add "domains": [], which says that nothing shall run, or more.',
      place: at(''),
    },
  ];
}
