// SPDX-License-Identifier: Apache-2.0
import { err, ok, type Result } from '@fairlead/base';

/** Go's words for booleans. */
const words: ReadonlyMap<string, boolean> = new Map([
  ...['1', 't', 'T', 'true', 'TRUE', 'True'].map((word) => [word, true] as const),
  ...['0', 'f', 'F', 'false', 'FALSE', 'False'].map((word) => [word, false] as const),
]);

export function parseBoolean(text: string): Result<boolean, string> {
  const value = words.get(text);
  return value === undefined ? err('write true or false') : ok(value);
}

/** A whole number that is not negative. */
export function parseCount(text: string): Result<number, string> {
  const value = /^[+-]?\d+$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isNaN(value)) return err('write a whole number, without a unit');
  if (value < 0) return err('it cannot be negative');
  return Number.isSafeInteger(value) ? ok(value) : err('it is too large');
}

const factors: Readonly<Record<string, number>> = { k: 2 ** 10, m: 2 ** 20, g: 2 ** 30 };

/** `100M`, `1.5 g`: bytes, parts of one cut off. Kanto's units are those of 1024, and none may be left out. */
export function parseBytes(text: string): Result<number, string> {
  const match = /^(\d+(?:\.\d+)?) ?([kKmMgG])$/.exec(text);
  const bytes = Math.floor(Number(match?.[1]) * (factors[match?.[2]?.toLowerCase() ?? ''] ?? Number.NaN));
  if (Number.isNaN(bytes)) return err('write a number and k, M or G, like 100M');
  if (bytes === 0) return err('it cannot be zero');
  return Number.isSafeInteger(bytes) ? ok(bytes) : err('it is too large');
}

/** The text that `parseBytes` reads back to the same number. */
export function printBytes(bytes: number): string {
  if (bytes % 2 ** 30 === 0) return `${String(bytes / 2 ** 30)}G`;
  return bytes % 2 ** 20 === 0 ? `${String(bytes / 2 ** 20)}M` : `${String(bytes / 2 ** 10)}k`;
}
