// SPDX-License-Identifier: Apache-2.0
import { FairleadError } from '@fairlead/base';
import { defineCommand, exitCode, switchFlag } from '@fairlead/program';
import { flattenPod, podDiagnostics, relocatePaths, valueOf } from '@fairlead/spec';
import { diagnosticsAnswer } from '../diagnostics/diagnostics-answer.ts';
import { asSeenFrom, specFolder } from '../spec-folder.ts';

export const podPrintSpecCommand = defineCommand({
  name: 'pod print-spec',
  summary: 'Print a pod specification as JSON, with --flat merged with everything that it extends.',
  examples: [
    'fairlead pod print-spec pods/sensor.yaml',
    'fairlead pod print-spec --flat pods/sensor.yaml --out flat.json',
  ],
  args: '<file>',
  flags: { flat: switchFlag('--flat', 'merge what it extends, and take out what is null') },
  async run({ flags, args: [file = ''] }, context) {
    const pod = await flattenPod(file, specFolder);
    if (!pod.texts.has(file))
      throw new FairleadError({ code: 'file-missing', message: `there is no file ${file}` });
    const diagnostics = podDiagnostics(pod);
    const { own, flat } = pod;
    if (diagnostics.length > 0 || own === undefined || flat === undefined) {
      const json = { ok: false, diagnostics };
      const texts = async () => pod.texts;
      await context.answer(
        await diagnosticsAnswer(context, { json, diagnostics, texts, where: `in ${file}` }),
      );
      return exitCode.no;
    }
    const value = valueOf(flags.flat ? relocatePaths(flat, asSeenFrom(file)) : own);
    await context.answer({ json: value, text: JSON.stringify(value, null, 2) });
    return exitCode.done;
  },
});
