// SPDX-License-Identifier: Apache-2.0
import type { Meter } from '@fairlead/api';
import type { Clock } from '@fairlead/base';
import type { CommitCompiler } from '@fairlead/commits';
import type { GatewayEvent } from '@fairlead/gateway';
import type { FleetLog } from '@fairlead/log';

/** The same compiler, its work counted and timed. */
export function meteredCompiler(compiler: CommitCompiler, meter: Meter, clock: Clock): CommitCompiler {
  return {
    async compile(commit, signal) {
      const begun = clock.monotonic();
      const result = await compiler.compile(commit, signal);
      meter.compiled(result.ok ? result.value.kind : 'unreadable', secondsSince(begun, clock));
      return result;
    },
  };
}

/** The same log, what is appended to it counted and timed. */
export function meteredLog(log: FleetLog, meter: Meter, clock: Clock): FleetLog {
  return {
    ...log,
    async append(records, decision) {
      const begun = clock.monotonic();
      const result = await log.append(records, decision);
      if (records.length > 0)
        meter.appended(result.ok ? records.map(({ kind }) => kind) : [], secondsSince(begun, clock));
      return result;
    },
  };
}

export function countGatewayEvent(event: GatewayEvent, meter: Meter): void {
  if (event.kind === 'offered') meter.offered();
  else if (event.kind === 'refreshed') meter.refreshed();
  else if (event.kind === 'refused') meter.refused(event.code);
}

function secondsSince(begun: number, clock: Clock): number {
  return (clock.monotonic() - begun) / 1000;
}
