// SPDX-License-Identifier: Apache-2.0
import { allCodes, codeInfo, FairleadError, isCode, sortedBy, type Code } from '@fairlead/base';
import { defineCommand, exitCode } from '@fairlead/program';
import { coloursFor } from '../colours.ts';

export const explainCommand = defineCommand({
  name: 'explain',
  summary: 'Tell more about a code, or list all codes.',
  examples: ['fairlead explain rollback', 'fairlead explain'],
  args: '[code]',
  flags: {},
  async run({ args: [code] }, context) {
    const { bold, dim } = coloursFor(context.terminal);
    if (code === undefined) {
      const entries = sortedBy(allCodes(), (each) => each).map(entryOf);
      const width = Math.max(...entries.map((entry) => entry.code.length));
      const text = entries.map((entry) => `${bold(entry.code.padEnd(width))}  ${entry.summary}`).join('\n');
      await context.answer({ json: entries, text });
      return exitCode.done;
    }
    if (!isCode(code))
      throw new FairleadError({ code: 'unknown-code', message: `there is no code '${code}'` });
    const entry = entryOf(code);
    const text = [
      `${bold(code)}: ${entry.summary}`,
      '',
      entry.explanation,
      '',
      `${dim('hint:')} ${entry.hint}`,
    ].join('\n');
    await context.answer({ json: entry, text });
    return exitCode.done;
  },
});

interface Entry {
  readonly code: Code;
  readonly summary: string;
  readonly hint: string;
  readonly explanation: string;
}

function entryOf(code: Code): Entry {
  const { summary, hint, explanation } = codeInfo(code);
  return { code, summary, hint, explanation };
}
