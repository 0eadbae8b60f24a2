// SPDX-License-Identifier: Apache-2.0

const form = /^(?:(\d{1,9})\s*h)?\s*(?:(\d{1,9})\s*m)?\s*(?:(\d{1,9})\s*s)?$/;

/** Most characters of a duration: digits and blanks beyond mean nothing. */
const longest = 64;

/**
 * `1h 2m 3s`: whole hours, minutes and seconds in this order, each at most once, blanks around numbers, none outside. Seconds;
 * undefined where it is no duration.
 */
export function parseArtemisDuration(text: string): number | undefined {
  const bare = text !== '' && text === text.trim() && text.length <= longest;
  const match = bare ? form.exec(text) : null;
  if (match === null) return undefined;
  const [, hours = 0, minutes = 0, seconds = 0] = match;
  return Number(hours) * 3_600 + Number(minutes) * 60 + Number(seconds);
}

/** As the keys of a specification hold it: blanks outside do not count, and nothing is zero. */
export function durationOfKey(text: string): number | undefined {
  const trimmed = text.trim();
  return trimmed === '' ? 0 : parseArtemisDuration(trimmed);
}

/** The shortest text that reads back to these seconds. */
export function formatArtemisDuration(total: number): string {
  const [hours, minutes, seconds] = [Math.floor(total / 3_600), Math.floor(total / 60) % 60, total % 60];
  const parts = [
    [hours, 'h'],
    [minutes, 'm'],
    [seconds, 's'],
  ] as const;
  const shown = parts.filter(([count]) => count > 0).map(([count, unit]) => `${String(count)}${unit}`);
  return shown.length === 0 ? '0s' : shown.join(' ');
}
