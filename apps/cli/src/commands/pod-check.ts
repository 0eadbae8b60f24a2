// SPDX-License-Identifier: Apache-2.0
import { checkPod } from '@fairlead/compiler';
import { choiceFlag } from '@fairlead/program';
import { flattenPod, printPod } from '@fairlead/spec';
import { defineFileCheck } from '../check-files.ts';
import { asSeenFrom, specFolder } from '../spec-folder.ts';

export const podCheckCommand = defineFileCheck({
  name: 'pod check',
  summary:
    'Tell what is wrong with pod specifications, as files of no repository. Ends with 1 if something is.',
  examples: [
    'fairlead pod check pods/*.yaml',
    'fairlead pod check sensor.yaml --output json',
    'fairlead pod check artemis/sensor.yaml --dialect artemis',
  ],
  flags: {
    dialect: choiceFlag('--dialect <name>', 'whose language they are in; auto: that of their $schema', [
      'auto',
      'fairlead',
      'artemis',
    ]),
  },
  check: async (file, _bytes, { dialect }) => {
    const { diagnostics, value, texts } = checkPod(await flattenPod(file, specFolder), {
      relocate: asSeenFrom(file),
      ...(dialect === 'auto' ? {} : { dialect }),
    });
    return { diagnostics, value: value === undefined ? null : printPod(value), texts };
  },
});
