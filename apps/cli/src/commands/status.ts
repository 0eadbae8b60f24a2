// SPDX-License-Identifier: Apache-2.0
import { FairleadError } from '@fairlead/base';
import { addressFlag, defineCommand, exitCode, formatAddress, optionalText } from '@fairlead/program';
import type { FleetDeviceState } from '@fairlead/wire';
import Table from 'cli-table3';
import { join } from 'node:path';
import { coloursFor, type Colours } from '../colours.ts';
import { fetchStatus, type FleetStatus } from '../operator-client.ts';
import { readOperatorIdentity } from '../operator-identity.ts';

export const statusCommand = defineCommand({
  name: 'status',
  summary:
    'Tell what each device of the fleet runs, as the server sees it, and what is wrong with the server.',
  examples: [
    'fairlead status --server fleet.example.org:8443 --identity ~/fleet-keys/operator',
    'fairlead status --config ~/.config/fairlead.json --output json',
  ],
  flags: {
    server: addressFlag('--server <host:port>', "the server's address for devices and operators"),
    identity: optionalText(
      '--identity <dir>',
      'folder with key.pem, cert.pem and ca.crt (default: <keys>/operator)',
    ),
    keys: optionalText('--keys <dir>', 'the key folder, whose operator asks'),
  },
  async run({ flags }, context) {
    const dir = flags.identity ?? (flags.keys === undefined ? undefined : join(flags.keys, 'operator'));
    if (dir === undefined)
      throw new FairleadError({ code: 'misuse', message: '--identity or --keys is missing' });
    const identity = await readOperatorIdentity(dir);
    const status = await fetchStatus(formatAddress(flags.server), identity, context.signal);
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
  const table = new Table({
    head: ['device', 'name', 'group', 'state', 'reason', 'since'],
    style: { head: [], border: [] },
    chars: lines,
  });
  for (const { id, name, group, state, code, message, since } of devices) {
    const reason = code === null ? '' : `${code}${message === '' ? '' : `: ${message}`}`;
    table.push([id, name, group, paint(state, colours)(state), reason, timeOf(since) ?? '']);
  }
  const revision =
    head.revision === null ? 'nothing is offered yet' : `revision ${head.revision}\ncommit   ${head.commit}`;
  const wrong = problems.map(
    ({ area, code, message, hint }) =>
      `${colours.red('problem')}  ${area}: ${message} [${code}]\n  hint: ${hint}\n`,
  );
  return `${revision}\n${wrong.join('')}\n${table.toString()}`;
}

/** Columns by blanks alone, so that the table can be cut and sorted like any text. */
const lines = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: ' ',
} as const;

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
