// SPDX-License-Identifier: Apache-2.0
import type { ProgramSpec } from '@fairlead/program';
import { auditVerifyCommand } from './commands/audit-verify.ts';
import { checkCommand } from './commands/check.ts';
import { compileCommand } from './commands/compile.ts';
import { enrollApproveCommand } from './commands/enroll-approve.ts';
import { enrollListCommand } from './commands/enroll-list.ts';
import { enrollRevokeCommand } from './commands/enroll-revoke.ts';
import { enrollTokenCreateCommand } from './commands/enroll-token-create.ts';
import { explainCommand } from './commands/explain.ts';
import { historyAcceptCommand } from './commands/history-accept.ts';
import { keysCreateCommand } from './commands/keys-create.ts';
import { keysInitCommand } from './commands/keys-init.ts';
import { keysRotateCommand } from './commands/keys-rotate.ts';
import { keysShowCommand } from './commands/keys-show.ts';
import { keysSignCommand } from './commands/keys-sign.ts';
import { lockCommand } from './commands/lock.ts';
import { logAdoptCommand } from './commands/log-adopt.ts';
import { logCommand } from './commands/log.ts';
import { planCommand } from './commands/plan.ts';
import { podCheckCommand } from './commands/pod-check.ts';
import { podPrintSpecCommand } from './commands/pod-print-spec.ts';
import { releaseSignCommand } from './commands/release-sign.ts';
import { desiredStateCheckCommand } from './commands/desired-state-check.ts';
import { runningCheckCommand } from './commands/running-check.ts';
import { schemaCommand } from './commands/schema.ts';
import { simCommand } from './commands/sim.ts';
import { simFleetCommand } from './commands/sim-fleet.ts';
import { statusCommand } from './commands/status.ts';
import { version } from './version.ts';

/** Everything that a person types. */
export const cli: ProgramSpec = {
  name: 'fairlead',
  version,
  summary: 'GitOps for fleets of devices.',
  commands: [
    checkCommand,
    planCommand,
    compileCommand,
    lockCommand,
    keysInitCommand,
    keysShowCommand,
    keysRotateCommand,
    keysSignCommand,
    keysCreateCommand,
    releaseSignCommand,
    podCheckCommand,
    podPrintSpecCommand,
    runningCheckCommand,
    desiredStateCheckCommand,
    historyAcceptCommand,
    enrollTokenCreateCommand,
    enrollListCommand,
    enrollApproveCommand,
    enrollRevokeCommand,
    statusCommand,
    { ...statusCommand, name: 'fleet status' },
    logCommand,
    logAdoptCommand,
    auditVerifyCommand,
    simCommand,
    simFleetCommand,
    schemaCommand,
    explainCommand,
  ],
  groups: {
    audit: 'Verify what was deployed, without a server.',
    keys: 'Keys of a fleet.',
    pod: 'Pods and their specifications.',
    running: 'Running configs.',
    'desired-state': "Desired states of Eclipse Kanto's update manager.",
    release: 'Releases that are signed away from the server.',
    history: 'The history of the fleet repository.',
    fleet: 'The fleet as a whole.',
    enroll: 'Bring devices into a fleet, and out of it.',
    token: 'Tokens that admit one device once.',
  },
};
