// SPDX-License-Identifier: Apache-2.0
import { isDictionary } from '../dictionary.ts';

/** Tells what is wrong with a value, or with what is inside of it, and how to do it right. */
export type Refuse = (message: string, hint?: string, path?: readonly (string | number)[]) => null;

/** Null where the value is wrong, which has been told then. */
export type Parse<T> = (value: unknown, refuse: Refuse) => T | null;

/** True or false and nothing that only looks like it: for AutoPi every text that is not empty is true. */
export const flag: Parse<boolean> = (value, refuse) =>
  typeof value === 'boolean'
    ? value
    : refuse('only true and false are taken', 'Write true or false, without quotes.');

export const word: Parse<string> = (value, refuse) =>
  typeof value === 'string' && value !== '' && !value.includes('\0')
    ? value
    : refuse('a text is needed that is not empty');

/** A whole number, also as a text. */
export function whole(least: number, most = Number.MAX_SAFE_INTEGER): Parse<number> {
  return (value, refuse) => {
    const number = typeof value === 'string' && /^-?\d+$/.test(value) ? Number(value) : value;
    return typeof number === 'number' && Number.isSafeInteger(number) && number >= least && number <= most
      ? number
      : refuse(
          most === Number.MAX_SAFE_INTEGER
            ? `a whole number of at least ${String(least)} is needed`
            : `a whole number from ${String(least)} to ${String(most)} is needed`,
        );
  };
}

const factors: Readonly<Record<string, number>> = { '': 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30, t: 2 ** 40 };

/** Bytes, or a text like `100m`, `100mb`: units are those of 1024. */
export const size: Parse<number> = (value, refuse) => {
  const text = typeof value === 'number' ? String(value) : value;
  const [, digits, unit = ''] =
    typeof text === 'string' ? (/^(\d+(?:\.\d+)?)(?:b|([kmgt])b?)?$/i.exec(text) ?? []) : [];
  const bytes = Math.floor(Number(digits) * (factors[unit.toLowerCase()] ?? Number.NaN));
  return Number.isSafeInteger(bytes) && bytes > 0
    ? bytes
    : refuse('a size is needed: bytes, or a number and k, m or g', 'Write it like 64m.');
};

/** A list of anything; a text is split at its commas, the items of a list are not. */
export const items: Parse<readonly unknown[]> = (value, refuse) => {
  if (Array.isArray(value)) return value as readonly unknown[];
  if (typeof value === 'string') return value.split(',').map((part) => part.trim());
  return refuse('a list is needed, or a text with commas');
};

/** A list of what `parse` reads. */
export function listOf<T>(parse: Parse<T>): Parse<readonly T[]> {
  return (value, refuse) =>
    items(value, refuse)?.flatMap((item, index): T[] => {
      const read = parse(item, inside(refuse, Array.isArray(value) ? [index] : []));
      return read === null ? [] : [read];
    }) ?? null;
}

export const words = listOf(word);

/** `NAME=value` as a list or with commas, or a mapping of texts. `bare`: what a name without `=` is given. */
export function pairs(bare?: string): Parse<Readonly<Record<string, string>>> {
  return (value, refuse) => {
    const found = new Map<string, string>();
    const add = (name: string, text: unknown, at: readonly (string | number)[]): void => {
      if (!/^[^=\0]{1,255}$/.test(name)) refuse('this is no name', undefined, at);
      else if (typeof text !== 'string' || text.includes('\0'))
        refuse(`the value of '${name}' is no text`, 'Put it in quotes.', at);
      else if (found.has(name) && found.get(name) !== text) refuse(`'${name}' stands twice`, undefined, at);
      else found.set(name, text);
    };
    if (isDictionary(value)) {
      for (const [name, text] of Object.entries(value)) add(name, text, [name]);
      return Object.fromEntries(found);
    }
    for (const [index, item] of (items(value, refuse) ?? []).entries()) {
      const at = Array.isArray(value) ? [index] : [];
      const text = word(item, inside(refuse, at));
      if (text === null) continue;
      const equals = text.indexOf('=');
      if (equals < 0 && bare === undefined) refuse(`'${text}' is no NAME=value`, undefined, at);
      else if (equals < 0) add(text, bare, at);
      else add(text.slice(0, equals), text.slice(equals + 1), at);
    }
    return Object.fromEntries(found);
  };
}

/**
 * What is told by name: a mapping, or a list in which a mapping of one name or a bare name stands for each, as Salt has them. The
 * value of a bare name is null.
 */
export const named: Parse<readonly (readonly [name: string, value: unknown])[]> = (value, refuse) => {
  if (isDictionary(value)) return Object.entries(value);
  return (
    items(value, refuse)?.flatMap((item, index): (readonly [string, unknown])[] => {
      if (isDictionary(item)) return Object.entries(item);
      const name = word(item, inside(refuse, Array.isArray(value) ? [index] : []));
      return name === null ? [] : [[name, null]];
    }) ?? null
  );
};

export function inside(refuse: Refuse, at: readonly (string | number)[]): Refuse {
  return (message, hint, path = []) => refuse(message, hint, [...at, ...path]);
}
