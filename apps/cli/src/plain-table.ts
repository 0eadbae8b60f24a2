// SPDX-License-Identifier: Apache-2.0
import Table from 'cli-table3';

/** Columns by blanks alone, so that the table can be cut and sorted like any text. */
export function plainTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const table = new Table({ head: [...head], style: { head: [], border: [] }, chars: blanks });
  table.push(...rows.map((row) => [...row]));
  return table.toString();
}

const blanks = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: ' ',
} as const;
