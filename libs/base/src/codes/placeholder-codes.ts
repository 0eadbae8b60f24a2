// SPDX-License-Identifier: Apache-2.0
import type { CodeTable } from './code-info.ts';

/** What can be wrong with placeholders, and with secrets. */
export const placeholderCodes = {
  'placeholder-misplaced': {
    summary: 'The placeholder has no meaning at this place.',
    hint: 'Write the value itself, or use vars.NAME where a text may differ between devices.',
    explanation:
      'Variables stand in texts that are no names. What the device fills in (IMAGE, CONFIG, JOB, THISDIR, CWD) stands in commands and environments; secrets stand in values of the environment, in message, in composite_config and in data of configs.',
    fault: 'program',
  },
  'placeholder-unknown': {
    summary: 'The placeholder is not known.',
    hint: 'Use vars.NAME, secrets.NAME, IMAGE, CONFIG, JOB, THISDIR or CWD.',
    explanation: 'An unknown name is never an empty text.',
    fault: 'program',
  },
  'plain-secret': {
    summary: 'A secret stands in plain text.',
    hint: "Write '{{secrets.NAME}}', and tell the device: fairlead-agent secrets set NAME",
    explanation:
      'Whoever reads the repository would read the secret, in every commit for good. Change it where it was pushed.',
    fault: 'program',
  },
  'secret-exposed': {
    summary: 'A secret stands where others can read it.',
    hint: 'Hand it over in env, in message, or in data of a config.',
    explanation:
      'Every user of a device sees the arguments of every process. What a process finds in its environment, on its stdin or in a file of its own is seen by that process alone.',
    fault: 'itself',
  },
  'variable-invalid': {
    summary: 'The value of a variable is not allowed where it is used.',
    hint: 'Correct the value in vars, or write the text itself at this place.',
    explanation:
      'A text with variables obeys the rules of its place for every device. What a variable holds is text: placeholders in it would mean something only on the device, where nobody has checked them.',
    fault: 'program',
  },
  'variable-undefined': {
    summary: 'The variable is not defined.',
    hint: 'Define it in vars of fleet, group or device.',
    explanation: 'An unknown name is never an empty text.',
    fault: 'program',
  },
} as const satisfies CodeTable;
