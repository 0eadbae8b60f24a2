// SPDX-License-Identifier: Apache-2.0
import type { FairleadError } from '@fairlead/base';
import type { Terminal } from './context.ts';

/** Says why a program ends: to people on standard error, to programs as `{error}` on standard output. */
export function printError(error: FairleadError, output: 'text' | 'json', terminal: Terminal): void {
  const { code, message, hint } = error;
  if (output === 'json') terminal.out(`${JSON.stringify({ error: { code, message, hint } })}\n`);
  else
    terminal.err(
      `${paint(terminal, 31, 'error')}: ${message} [${code}]\n${paint(terminal, 36, 'hint')}: ${hint}\n`,
    );
}

/** Colour only where a person reads, and NO_COLOR is not set. */
function paint(terminal: Terminal, colour: number, text: string): string {
  const plain = !terminal.isTerminal.stderr || (terminal.env['NO_COLOR'] ?? '') !== '';
  return plain ? text : `\u001b[${colour}m${text}\u001b[0m`;
}
