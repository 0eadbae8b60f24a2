// SPDX-License-Identifier: Apache-2.0
import { formatDuration } from '@fairlead/base';
import type { ProgramContext } from '@fairlead/program';
import type { FleetCounts, Quantiles } from '@fairlead/simulator';

/** How far a simulation is: one line that is written over on a terminal, lines of JSON with `--output json`, else a line now and then. */
export interface Progress {
  say(what: string): void;
  show(counts: FleetCounts): void;
  /** Ends the line that is written over. */
  end(): void;
}

/** Lines where nobody watches: one for so many shown. */
const everyNth = 10;

export function createProgress({ output, terminal, ...context }: ProgramContext): Progress {
  const inPlace = terminal.isTerminal.stderr;
  let shown = 0;
  const write = (text: string): void => {
    terminal.err(inPlace ? `\r\u001b[K${text}` : `${text}\n`);
  };
  return {
    say: write,
    show(counts) {
      if (output === 'json') context.event({ event: 'progress', at: new Date().toISOString(), ...counts });
      if (inPlace || (output === 'text' && shown % everyNth === 0)) write(progressLine(counts));
      shown += 1;
    },
    end() {
      if (inPlace) terminal.err('\n');
    },
  };
}

function progressLine(counts: FleetCounts): string {
  const { devices, connected, offers, acknowledged, refusals } = counts;
  return [
    `${String(connected)}/${String(devices)} connected`,
    `${String(offers)} offers`,
    `${String(acknowledged)} receipts`,
    `${String(refusals)} refused`,
    `offer ${quantilesText(counts.offerMs)}`,
  ].join(' · ');
}

export function summaryText(counts: FleetCounts, ranMs: number): string {
  const rows: readonly (readonly [string, string | number])[] = [
    ['ran', formatDuration(Math.round(ranMs / 1000) * 1000)],
    ['devices', counts.devices],
    ['connects', `${String(counts.connects)} (${String(counts.failedAttempts)} attempts failed)`],
    ['streams ended', `${String(counts.disconnects)} (${String(counts.goodbyes)} by a goodbye)`],
    ['offers', `${String(counts.offers)} (and ${String(counts.refreshes)} refreshes)`],
    ['applied', counts.applied],
    ['rolled back', counts.rolledBack],
    ['refused', counts.refusals],
    ['receipts in the log', counts.acknowledged],
    ['connect to welcome', quantilesText(counts.connectMs)],
    ['first offer to each', quantilesText(counts.offerMs)],
  ];
  return rows.map(([name, value]) => `${name.padEnd(22)}${String(value)}`).join('\n');
}

function quantilesText(quantiles: Quantiles | null): string {
  if (quantiles === null) return 'not measured';
  const { p50, p99, last } = quantiles;
  return `p50 ${String(p50)} ms, p99 ${String(p99)} ms, last ${String(last)} ms`;
}
