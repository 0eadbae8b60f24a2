// SPDX-License-Identifier: Apache-2.0
import { FairleadError } from '@fairlead/base';
import { defineCommand, exitCode } from '@fairlead/program';
import type { AgentStatus } from '../agent-status.ts';
import { askAgent } from '../local-client.ts';
import { stateFlag } from '../settings.ts';
import { stateFolder } from '../state-folder.ts';

export const statusCommand = defineCommand({
  name: 'status',
  summary: 'Tells what the running agent is at.',
  examples: [
    'fairlead-agent status --state /var/lib/fairlead',
    'fairlead-agent status --state /var/lib/fairlead --output json',
  ],
  flags: stateFlag,
  async run({ flags }, context) {
    const { root, socket } = stateFolder(flags.state);
    const answer = await askAgent(socket, 'GET', '/status');
    if (answer === null)
      throw new FairleadError({ code: 'no-agent', message: `no agent answers for ${root}` });
    // An agent of this release: of its answer no more is checked than that it is JSON.
    const found = answer.body as AgentStatus;
    const { since, ...status } = found;
    await context.answer({ json: { ...status, since: timeOf(since) }, text: textOf(found) });
    return exitCode.done;
  },
});

function textOf(status: AgentStatus): string {
  const reason = [status.code, status.message].filter((part) => part !== null && part !== '').join(': ');
  const lines = [
    `device      ${status.device}`,
    `state       ${status.state}${reason === '' ? '' : ` (${reason})`} since ${timeOf(status.since)}`,
    `revision    ${status.revision ?? 'none'}`,
    ...(status.desired === null || status.desired === status.revision
      ? []
      : [`desired     ${status.desired}`]),
    `connection  ${status.connection}${status.offline === null ? '' : ` (${status.offline.code}: ${status.offline.message})`}`,
    ...status.units.map(
      (unit) =>
        `unit        ${unit.domain}/${unit.name}  ${unit.condition}${unit.reason === '' ? '' : `  ${unit.reason}`}`,
    ),
    ...status.drift.map((drift) => `drift       ${drift.unit}  ${drift.found}`),
  ];
  return lines.join('\n');
}

function timeOf(ms: number): string {
  return new Date(ms).toISOString();
}
