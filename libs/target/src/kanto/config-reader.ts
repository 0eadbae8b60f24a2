// SPDX-License-Identifier: Apache-2.0
import type { Result } from '@fairlead/base';
import type { ReportProblem, SettingProblem } from '../setting-problem.ts';
import { componentKeys, isComponentKey, reportedKeys, type ComponentKey } from './component-keys.ts';
import type { KeyValue } from './desired-state.ts';

type Parse<T> = (text: string) => Result<T, string>;

/** A value of a component's config, and the index of its entry. */
export interface Read<T> {
  readonly value: T;
  readonly index: number;
}

/** Reads a component's config key by key, and reports what no key allows. */
export interface ConfigReader {
  /** Of a key that stands several times the last counts. Undefined where it stands nowhere, or its value is wrong. */
  one<T>(key: ComponentKey, parse: Parse<T>): Read<T> | undefined;
  /** Every entry whose value is right, in order. */
  all<T>(key: ComponentKey, parse: Parse<T>): readonly Read<T>[];
  /** Reports about an entry. */
  refuse(entry: { readonly index: number }, problem: Omit<SettingProblem, 'path'>): void;
}

export function createConfigReader(config: readonly KeyValue[], report: ReportProblem): ConfigReader {
  const entries = new Map<string, Read<string>[]>();
  for (const [index, { key, value }] of config.entries()) {
    const known = entries.get(key);
    if (known === undefined) entries.set(key, [{ value, index }]);
    else known.push({ value, index });
    if (!isComponentKey(key)) report(unknownKey(key, index));
  }
  const all = <T>(key: ComponentKey, parse: Parse<T>): readonly Read<T>[] =>
    (entries.get(key) ?? []).flatMap(({ value: text, index }): Read<T>[] => {
      const value = parse(text);
      if (value.ok) return [{ value: value.value, index }];
      const message = `${key} '${short(text)}' is not allowed: ${value.error}`;
      report({ path: ['config', index, 'value'], code: 'invalid-value', message });
      return [];
    });
  return {
    all,
    one: (key, parse) => {
      const last = entries.get(key)?.at(-1)?.index;
      return all(key, parse).findLast(({ index }) => index === last);
    },
    refuse: ({ index }, problem) => {
      report({ path: ['config', index, 'value'], ...problem });
    },
  };
}

function unknownKey(key: string, index: number): SettingProblem {
  const path = ['config', index, 'key'];
  if (reportedKeys.has(key)) {
    return {
      path,
      code: 'unknown-key',
      message: `the key '${key}' is what a device reports, and cannot be set`,
      hint: 'Remove it.',
    };
  }
  return {
    path,
    code: 'unknown-key',
    message: `the key '${short(key)}' is not known to containers`,
    suggest: { written: key, among: Object.keys(componentKeys) },
  };
}

function short(text: string): string {
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}
