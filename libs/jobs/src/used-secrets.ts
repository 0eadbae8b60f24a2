// SPDX-License-Identifier: Apache-2.0
import type { SecretSource } from '@fairlead/engine';

/** The secrets that one start of a unit asks for. */
export interface UsedSecrets {
  /** Null: it is not on this device. */
  value(name: string): string | null;
  /** Marks of those that were there, by name. */
  marks(): ReadonlyMap<string, string>;
}

export function usedSecrets(source: SecretSource): UsedSecrets {
  const marks = new Map<string, string>();
  return {
    value(name) {
      const secret = source.read(name);
      if (secret === null) return null;
      marks.set(name, secret.mark);
      return secret.value;
    },
    marks: () => marks,
  };
}

/** Whether one of them was set anew since. One that was removed is still what the unit runs with. */
export function areSecretsStale(marks: ReadonlyMap<string, string>, source: SecretSource): boolean {
  return [...marks].some(([name, mark]) => {
    const now = source.mark(name);
    return now !== null && now !== mark;
  });
}
