// SPDX-License-Identifier: Apache-2.0
import { checkPod } from '@fairlead/compiler';
import { flattenPod, printPod } from '@fairlead/spec';
import { defineFileCheck } from '../check-files.ts';
import { dialectFlag, dialectOption } from '../dialect-flag.ts';
import { inputName, specFolderWith } from '../read-input.ts';
import { asSeenFrom } from '../spec-folder.ts';

export const podCheckCommand = defineFileCheck({
  name: 'pod check',
  summary:
    'Tell what is wrong with pod specifications, as files of no repository. Ends with 1 if something is.',
  examples: [
    'fairlead pod check pods/*.yaml',
    'fairlead pod check sensor.yaml --output json',
    'fairlead pod check artemis/sensor.yaml --dialect artemis',
  ],
  flags: { dialect: dialectFlag },
  check: async (file, bytes, { dialect }) => {
    const name = inputName(file);
    const { diagnostics, value, texts } = checkPod(await flattenPod(name, specFolderWith(name, bytes)), {
      relocate: asSeenFrom(name),
      ...dialectOption(dialect),
    });
    return { diagnostics, value: value === undefined ? null : printPod(value), texts };
  },
});
