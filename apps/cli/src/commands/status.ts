// SPDX-License-Identifier: Apache-2.0
import { defineCommand, exitCode } from '@fairlead/program';
import type { FleetDeviceState } from '@fairlead/wire';
import { coloursFor, type Colours } from '../colours.ts';
import { fetchStatus, type FleetStatus } from '../operator-client.ts';
import { operatorFlags, readOperator } from '../operator-flags.ts';
import { plainTable } from '../plain-table.ts';

export const statusCommand = defineCommand({
  name: 'status',
  summary:
    'Tell what each device of the fleet runs, as the server sees it, and what is wrong with the server.',
  examples: [
    'fairlead status --server fleet.example.org:8443 --identity ~/fleet-keys/operator',
    'fairlead status --config ~/.config/fairlead.json --output json',
  ],
  flags: operatorFlags,
  async run({ flags }, context) {
    const status = await fetchStatus(await readOperator(flags), context.signal);
    await context.answer({
      json: statusJson(status),
      text: statusText(status, coloursFor(context.terminal)),
    });
    return exitCode.done;
  },
});

function statusJson({ head, problems, devices }: FleetStatus) {
  return {
    revision: head.revision,
    commit: head.commit === '' ? null : head.commit,
    problems,
    devices: devices.map(({ id, name, group, revision, state, code, since }) => ({
      id,
      name: name === '' ? null : name,
      group,
      revision,
      state,
      reason: code,
      since: timeOf(since),
    })),
  };
}

function statusText({ head, problems, devices }: FleetStatus, colours: Colours): string {
  const rows = devices.map(({ id, name, group, state, code, message, since }) => {
    const reason = code === null ? '' : `${code}${message === '' ? '' : `: ${message}`}`;
    return [id, name, group, paint(state, colours)(state), reason, timeOf(since) ?? ''];
  });
  const revision =
    head.revision === null ? 'nothing is offered yet' : `revision ${head.revision}\ncommit   ${head.commit}`;
  const wrong = problems.map(
    ({ area, code, message, hint }) =>
      `${colours.red('problem')}  ${area}: ${message} [${code}]\n  hint: ${hint}\n`,
  );
  return `${revision}\n${wrong.join('')}\n${plainTable(['device', 'name', 'group', 'state', 'reason', 'since'], rows)}`;
}

function paint(state: FleetDeviceState, colours: Colours): (text: string) => string {
  switch (state) {
    case 'applied':
    case 'unchanged':
      return colours.green;
    case 'pending':
    case 'applying':
    case 'drift':
      return colours.yellow;
    case 'failed':
    case 'refused':
      return colours.red;
    case 'never-seen':
    case 'offline':
      return colours.dim;
  }
}

function timeOf(ms: number): string | null {
  return ms === 0 ? null : new Date(ms).toISOString();
}
