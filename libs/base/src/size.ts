// SPDX-License-Identifier: Apache-2.0
import { err, ok, type Result } from './result.ts';

const factors: Readonly<Record<string, number>> = {
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
};

/** `64Mi`, `10k`, `4096`: bytes. */
export function parseSize(text: string): Result<number, string> {
  const match = /^(\d+)\s*([kMGT]|[KMGT]i)?B?$/.exec(text.trim());
  const total = match === null ? Number.NaN : Number(match[1]) * (factors[match[2] ?? ''] ?? Number.NaN);
  return Number.isSafeInteger(total) ? ok(total) : err(`'${text}' is no size; write it like '64Mi'`);
}

/** Bytes for people: `1.5 MiB`. */
export function formatSize(bytes: number): string {
  const names = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const;
  let value = bytes;
  let index = 0;
  while (value >= 1024 && index < names.length - 1) {
    value /= 1024;
    index += 1;
  }
  return `${index === 0 ? String(value) : value.toFixed(1)} ${names[index] ?? ''}`;
}
