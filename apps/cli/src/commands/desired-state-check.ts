// SPDX-License-Identifier: Apache-2.0
import { checkDesiredState } from '@fairlead/compiler';
import { printDesiredState } from '@fairlead/spec';
import { defineFileCheck } from '../check-files.ts';

export const desiredStateCheckCommand = defineFileCheck({
  name: 'desired-state check',
  summary:
    'Tell what is wrong with Kanto desired states, as files of no repository. Ends with 1 if something is.',
  examples: [
    'fairlead desired-state check desired-state/*.json',
    'fairlead desired-state check leda-desired-state.json --output json',
  ],
  flags: {},
  check: async (file, bytes) => {
    const { diagnostics, value, text } = checkDesiredState(file, bytes);
    return {
      diagnostics,
      value: value === undefined ? null : printDesiredState(value.state),
      texts: new Map([[file, text]]),
    };
  },
});
