// SPDX-License-Identifier: Apache-2.0
import { FairleadError } from '@fairlead/base';
import { defineCommand, exitCode, switchFlag } from '@fairlead/program';
import { flattenPod, podDiagnostics, relocatePaths, valueOf } from '@fairlead/spec';
import { diagnosticsAnswer } from '../diagnostics/diagnostics-answer.ts';
import { dialectFlag, dialectOption } from '../dialect-flag.ts';
import { inputName, readInput, specFolderWith } from '../read-input.ts';
import { asSeenFrom } from '../spec-folder.ts';

export const podPrintSpecCommand = defineCommand({
  name: 'pod print-spec',
  summary: 'Print a pod specification as JSON, with --flat merged with everything that it extends.',
  examples: [
    'fairlead pod print-spec pods/sensor.yaml',
    'fairlead pod print-spec --flat pods/sensor.yaml --out flat.json',
    'fairlead pod print-spec --flat --dialect artemis pods/sensor.json',
  ],
  args: '<file>',
  flags: {
    flat: switchFlag('--flat', 'merge what it extends, and take out what is null'),
    dialect: dialectFlag,
  },
  async run({ flags, args: [path = ''] }, context) {
    const file = inputName(path);
    const content = await readInput(path, context.signal);
    const pod = await flattenPod(file, specFolderWith(file, content));
    if (!pod.texts.has(file))
      throw new FairleadError({ code: 'file-missing', message: `there is no file ${path}` });
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
    const value = valueOf(
      flags.flat ? relocatePaths(flat, asSeenFrom(file), dialectOption(flags.dialect).dialect) : own,
    );
    await context.answer({ json: value, text: JSON.stringify(value, null, 2) });
    return exitCode.done;
  },
});
