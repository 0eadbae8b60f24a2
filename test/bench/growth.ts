// SPDX-License-Identifier: Apache-2.0

/** One measure of a benchmark at each size of fleet, and what it may be at the size that the bar is set for. */
export interface Growth {
  readonly measure: string;
  readonly unit: string;
  readonly values: readonly number[];
  readonly bar: number | null;
}

/** A table for people: a row for each measure, a column for each size. */
export function growthTable(sizes: readonly number[], barAt: number, rows: readonly Growth[]): string {
  const counted = (value: number): string => value.toLocaleString('en-US');
  const lines = [
    ['devices', ...sizes.map(counted), `bar at ${counted(barAt)}`],
    ...rows.map(({ measure, unit, values, bar }) => [
      `${measure} (${unit})`,
      ...values.map(counted),
      bar === null ? 'none' : `≤ ${counted(bar)}${verdict(values[sizes.indexOf(barAt)], bar)}`,
    ]),
  ];
  const widths = (lines[0] ?? []).map((_, column) =>
    Math.max(...lines.map((line) => (line[column] ?? '').length)),
  );
  return lines
    .map((line) => line.map((cell, column) => pad(cell, widths[column] ?? 0, column === 0)).join('  '))
    .join('\n');
}

function verdict(value: number | undefined, bar: number): string {
  if (value === undefined) return '';
  return value <= bar ? ', held' : ', MISSED';
}

function pad(cell: string, width: number, isFirst: boolean): string {
  return isFirst ? cell.padEnd(width) : cell.padStart(width);
}
