// SPDX-License-Identifier: Apache-2.0
import { err, ok, type Result } from './result.ts';

const units = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1_000, ms: 1 } as const;
const form = /^(?:(\d+)d)?\s*(?:(\d+)h)?\s*(?:(\d+)m(?!s))?\s*(?:(\d+)s)?\s*(?:(\d+)ms)?$/;

/** `1h 2m 3s`, `90d`, `250ms`: each unit at most once, largest first, blanks optional. Milliseconds. */
export function parseDuration(text: string): Result<number, string> {
  const match = form.exec(text.trim());
  if (match === null || text.trim() === '')
    return err(`'${text}' is no duration; write it like '1h 2m 3s' or '90d'`);
  const [, d, h, m, s, ms] = match;
  const total =
    Number(d ?? 0) * units.d +
    Number(h ?? 0) * units.h +
    Number(m ?? 0) * units.m +
    Number(s ?? 0) * units.s +
    Number(ms ?? 0);
  return Number.isSafeInteger(total) ? ok(total) : err(`'${text}' is too long a duration`);
}

/** The shortest text that `parseDuration` reads back to the same number of milliseconds. */
export function formatDuration(milliseconds: number): string {
  let left = Math.max(0, Math.round(milliseconds));
  const parts: string[] = [];
  for (const [unit, size] of Object.entries(units)) {
    const count = Math.floor(left / size);
    if (count > 0) parts.push(`${String(count)}${unit}`);
    left -= count * size;
  }
  return parts.length === 0 ? '0s' : parts.join(' ');
}
