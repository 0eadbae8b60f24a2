// SPDX-License-Identifier: Apache-2.0
import type { ReportProblem } from '../setting-problem.ts';
import { otherWays, parameterNames, type ParameterName } from './parameter-names.ts';
import type { Parse, Refuse } from './values.ts';

/** Reads parameters one by one, and reports what none allows. */
export interface ParameterReader {
  /** Undefined where it is not given, or wrong. */
  read<T>(name: ParameterName, parse: Parse<T>): T | undefined;
  /** Of two names for one thing; if both are given they must say the same. */
  either<T extends number | boolean>(
    name: ParameterName,
    other: ParameterName,
    parse: Parse<T>,
  ): T | undefined;
  /** Reports a parameter that contradicts another one. */
  conflict(name: ParameterName, message: string, hint?: string): void;
}

export function createParameterReader(
  parameters: Readonly<Record<string, unknown>>,
  report: ReportProblem,
): ParameterReader {
  for (const name of Object.keys(parameters)) {
    if (known.has(name) || name.startsWith('x-')) continue;
    const hint = Object.hasOwn(otherWays, name) ? otherWays[name] : undefined;
    report({
      path: [name],
      key: true,
      code: 'unknown-key',
      message: `the startup parameter '${name}' is not known here`,
      ...(hint === undefined ? { suggest: { written: name, among: parameterNames } } : { hint }),
    });
  }

  const read = <T>(name: ParameterName, parse: Parse<T>): T | undefined => {
    if (!Object.hasOwn(parameters, name)) return undefined;
    const refuse: Refuse = (message, hint, path = []) => {
      report({
        path: [name, ...path],
        code: 'invalid-value',
        message: `${name}: ${message}`,
        ...(hint === undefined ? {} : { hint }),
      });
      return null;
    };
    return parse(parameters[name], refuse) ?? undefined;
  };
  const conflict: ParameterReader['conflict'] = (name, message, hint) => {
    report({
      path: [name],
      code: 'conflicting-settings',
      message: `${name}: ${message}`,
      ...(hint === undefined ? {} : { hint }),
    });
  };
  return {
    read,
    conflict,
    either(name, other, parse) {
      const [one, two] = [read(name, parse), read(other, parse)];
      if (one !== undefined && two !== undefined && one !== two) {
        conflict(other, `it says otherwise than ${name}, and both mean the same`);
      }
      return one ?? two;
    },
  };
}

const known: ReadonlySet<string> = new Set(parameterNames);
