// SPDX-License-Identifier: Apache-2.0
import type { DemoDevice, DemoFleet, DemoServer } from './fleet.ts';
import type { Sight } from './follow.ts';
import { programs } from './programs.ts';

export interface Show {
  /** One line about the run itself. */
  step(text: string): void;
  sight(sight: Sight): void;
}

/** Lines on standard error, each with the seconds since the run began. */
export function createShow(devices: readonly DemoDevice[]): Show {
  const begin = performance.now();
  const step = (text: string): void => {
    const seconds = ((performance.now() - begin) / 1000).toFixed(2);
    process.stderr.write(`${seconds.padStart(6)} s  ${text}\n`);
  };
  const about = (device: string, text: string): void => {
    const name = devices.find(({ id }) => id === device)?.name ?? device;
    step(`${name.padEnd(16)} ${text}`);
  };
  return {
    step,
    sight(sight) {
      switch (sight.kind) {
        case 'recorded':
          step(
            `commit ${sight.commit.slice(0, 10)} is signed and recorded as revision ${sight.revision.slice(0, 17)}`,
          );
          return;
        case 'refused':
          step(
            `commit ${sight.commit.slice(0, 10)} is refused (${sight.code}), no device hears of it; its note says why`,
          );
          return;
        case 'state': {
          const { id, state, code, message } = sight.device;
          about(id, code === null ? state : `${state}: ${code} ${message}`);
          return;
        }
        case 'units': {
          const { phase, units } = sight.view;
          const each = units.map(({ name, condition }) => `${name} ${condition}`).join(', ');
          about(sight.device, `  ${phase === '' ? '' : `${phase}: `}${each}`);
          return;
        }
        case 'receipt': {
          const { device, seq, result, units } = sight.receipt;
          const each = units
            .map(({ unit, result: what }) => `${unit.replace(/^jobs\//, '')} ${what}`)
            .join(', ');
          about(device, `receipt ${seq} is in Git: ${result} (${each})`);
          return;
        }
      }
    },
  };
}

/** What a person can do with a fleet that runs, in commands that work as they stand. */
export function nextSteps(fleet: DemoFleet, { grpc }: DemoServer): string {
  const [device] = fleet.devices;
  const agent =
    device === undefined
      ? ''
      : `${process.execPath} ${programs.agent} logs beacon --state ${fleet.stateOf(device)} --follow`;
  return `
The fleet runs on. Things to try, in another terminal:

  what was deployed, and what came of it:
    git -C ${fleet.repo} log --notes=fairlead
  what each device is at:
    ${process.execPath} ${programs.cli} status --server ${grpc} --identity ${fleet.operator}
  what a job prints:
    ${agent}
  a change of your own (try an error, too):
    edit ${fleet.repo}/running/beacon.json, then
    git -C ${fleet.repo} commit -am 'Beat slower'
  logs of server and agents:
    ls ${fleet.dir}/logs

Ctrl-C stops all of it and removes the folder.
`;
}
