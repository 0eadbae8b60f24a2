// SPDX-License-Identifier: Apache-2.0
import { join } from '../../diagnostic.ts';
import { durationOfKey } from '../artemis-duration.ts';
import { quoted, type Findings } from './findings.ts';

export type JsonObject = Readonly<Record<string, unknown>>;

/** Reads the keys of one mapping as Artemis does; undefined where a key is absent, or wrong, which is found. */
export interface KeyReader {
  readonly holder: string;
  readonly pointer: string;
  has(key: string): boolean;
  /** The value as it stands; it counts as used. */
  value(key: string): unknown;
  /** That it is absent is found too. */
  required(key: string): string | undefined;
  text(key: string): string | undefined;
  whole(key: string): number | undefined;
  flag(key: string): boolean | undefined;
  map(key: string): JsonObject | undefined;
  list(key: string): readonly unknown[] | undefined;
  texts(key: string): readonly string[] | undefined;
  /** Seconds. */
  duration(key: string): number | undefined;
  find(code: 'invalid-value' | 'conflicting-settings' | 'missing-key', message: string, key: string): void;
  /** The same keys, under another name in messages. */
  as(holder: string): KeyReader;
  /** Warns of keys that nobody read. */
  warnUnused(): void;
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function createKeyReader(
  object: JsonObject,
  { holder, pointer }: { readonly holder: string; readonly pointer: string },
  findings: Findings,
  used = new Set<string>(),
): KeyReader {
  const has = (key: string): boolean => Object.hasOwn(object, key);
  const value = (key: string): unknown => {
    used.add(key);
    return has(key) ? object[key] : undefined;
  };
  const ofType = <T>(key: string, isIt: (value: unknown) => value is T, name: string): T | undefined => {
    if (!has(key)) return undefined;
    const found = value(key);
    if (isIt(found)) return found;
    const message = `Entry ${key} in ${holder} is not ${name}: ${quoted(found)}`;
    findings.error('wrong-type', message, join(pointer, key));
    return undefined;
  };
  const text = (key: string): string | undefined => ofType(key, isText, 'a string');
  const list = (key: string): readonly unknown[] | undefined => ofType(key, isList, 'a list');
  return {
    holder,
    pointer,
    has,
    value,
    text,
    list,
    required: (key) => {
      if (!has(key)) findings.error('missing-key', `Missing ${key} in ${holder}.`, pointer);
      return text(key);
    },
    whole: (key) => ofType(key, isWhole, 'an int'),
    flag: (key) => ofType(key, isFlag, 'a boolean'),
    map: (key) => ofType(key, isObject, 'a map'),
    texts: (key) => {
      const items = list(key);
      if (items === undefined) return undefined;
      const texts = items.filter(isText);
      if (texts.length === items.length) return texts;
      const message = `Entry ${key} in ${holder} is not a list of strings: ${quoted(items)}`;
      findings.error('wrong-type', message, join(pointer, key));
      return undefined;
    },
    duration: (key) => {
      const written = text(key);
      const seconds = written === undefined ? undefined : durationOfKey(written);
      if (written !== undefined && seconds === undefined) {
        const message = `Entry ${key} in ${holder} is not a valid duration: ${written}`;
        findings.error('invalid-value', message, join(pointer, key));
      }
      return seconds;
    },
    find: (code, message, key) => {
      findings.error(code, message, join(pointer, key));
    },
    as: (other) => createKeyReader(object, { holder: other, pointer }, findings, used),
    warnUnused: () => {
      for (const key of Object.keys(object).filter((name) => !used.has(name)))
        findings.warning('unknown-key', `Unused entry in ${holder}: ${key}`, join(pointer, key));
    },
  };
}

const isText = (value: unknown): value is string => typeof value === 'string';
const isFlag = (value: unknown): value is boolean => typeof value === 'boolean';
const isWhole = (value: unknown): value is number => Number.isInteger(value);
const isList = (value: unknown): value is readonly unknown[] => Array.isArray(value);
