// SPDX-License-Identifier: Apache-2.0
import { checkRunningConfig } from '@fairlead/compiler';
import { defineFileCheck } from '../check-files.ts';

export const runningCheckCommand = defineFileCheck({
  name: 'running check',
  summary: 'Tell what is wrong with running configs, as files of no repository. Ends with 1 if something is.',
  examples: ['fairlead running check running/*.json', 'fairlead running check telemetry.json --output json'],
  flags: {},
  check: async (file, bytes) => {
    const { diagnostics, value, text } = checkRunningConfig(file, bytes);
    return { diagnostics, value, texts: new Map([[file, text]]) };
  },
});
