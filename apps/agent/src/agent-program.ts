// SPDX-License-Identifier: Apache-2.0
import type { ProgramSpec } from '@fairlead/program';
import { applyCommand } from './commands/apply.ts';
import { downCommand } from './commands/down.ts';
import { logsCommand } from './commands/logs.ts';
import { runCommand } from './commands/run.ts';
import { secretsListCommand, secretsRemoveCommand, secretsSetCommand } from './commands/secrets.ts';
import { statusCommand } from './commands/status.ts';
import { version } from './version.ts';

export const agentProgram: ProgramSpec = {
  name: 'fairlead-agent',
  version,
  summary: runCommand.summary,
  commands: [
    runCommand,
    statusCommand,
    logsCommand,
    applyCommand,
    downCommand,
    secretsSetCommand,
    secretsListCommand,
    secretsRemoveCommand,
  ],
};
