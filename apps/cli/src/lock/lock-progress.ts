// SPDX-License-Identifier: Apache-2.0
import { formatSize } from '@fairlead/base';
import type { ProgramContext } from '@fairlead/program';
import { printable } from '../diagnostics/excerpt.ts';

/** One line on a terminal that is written over; nothing where nobody watches. */
export interface LockProgress {
  /** `total` in bytes, where it is known. */
  readonly show: (url: string, received: number, total: number | undefined) => void;
  /** Takes the line away. */
  end(): void;
}

/** Characters of an address that are shown; a line that breaks cannot be written over. */
const widest = 48;

export function createLockProgress({ terminal }: Pick<ProgramContext, 'terminal'>): LockProgress {
  let shown = '';
  const write = (text: string): void => {
    if (!terminal.isTerminal.stderr || text === shown) return;
    shown = text;
    terminal.err(`\r\u001b[K${text}`);
  };
  return {
    show(url, received, total) {
      const of = total === undefined ? '' : ` of ${formatSize(total)}`;
      const name = url.length > widest ? `…${url.slice(-widest)}` : url;
      write(`${printable(name)}  ${formatSize(received)}${of}`);
    },
    end() {
      if (shown !== '') write('');
    },
  };
}
