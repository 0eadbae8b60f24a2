// SPDX-License-Identifier: Apache-2.0
import type { ProgramSpec } from '@fairlead/program';
import { checkCommand } from './commands/check.ts';
import { compileCommand } from './commands/compile.ts';
import { enrollTokenCreateCommand } from './commands/enroll-token-create.ts';
import { explainCommand } from './commands/explain.ts';
import { keysInitCommand } from './commands/keys-init.ts';
import { logCommand } from './commands/log.ts';
import { statusCommand } from './commands/status.ts';
import { version } from './version.ts';

/** Everything that a person types. */
export const cli: ProgramSpec = {
  name: 'fairlead',
  version,
  summary: 'GitOps for fleets of devices.',
  commands: [
    checkCommand,
    compileCommand,
    keysInitCommand,
    enrollTokenCreateCommand,
    statusCommand,
    { ...statusCommand, name: 'fleet status' },
    logCommand,
    explainCommand,
  ],
  groups: {
    keys: 'Keys of a fleet.',
    fleet: 'The fleet as a whole.',
    enroll: 'Bring devices into a fleet.',
    token: 'Tokens that admit one device once.',
  },
};
