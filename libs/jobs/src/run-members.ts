// SPDX-License-Identifier: Apache-2.0
import { allStats, isRunning, type ProcessIdentity, type ProcessStat } from './process-identity.ts';
import { groupProcesses } from './run-groups.ts';

/** Finds, at every call, what still belongs to a run. */
export type MemberSearch = () => Promise<readonly ProcessStat[]>;

/**
 * What belongs to a run: the session that its program opened, its control groups, and whoever descends from one of them. Whom one look
 * found counts at the next one too, since what leaves its session and loses its parent shows no bond any more.
 */
export function createMemberSearch(
  leader: ProcessIdentity,
  groups: readonly string[],
  bootId: string,
): MemberSearch {
  let known: readonly ProcessStat[] = [];
  return async () => {
    if (leader.bootId !== bootId) return [];
    known = membersAmong(await allStats(), leader, new Set(await groupProcesses(groups)), known);
    return known;
  };
}

/** `grouped`: numbers of the processes in the control groups. `known`: members of the last look. */
export function membersAmong(
  stats: readonly ProcessStat[],
  leader: ProcessIdentity,
  grouped: ReadonlySet<number>,
  known: readonly ProcessStat[],
): readonly ProcessStat[] {
  const starts = new Map(known.map(({ pid, start }) => [pid, start]));
  // Sessions keep their number while anyone is in them; a stranger has it only if its leader started at another time.
  const isSessionOurs = stats.every(({ pid, start }) => pid !== leader.pid || start === leader.start);
  const members = new Set(
    stats.filter(
      ({ pid, start, session, group }) =>
        (isSessionOurs && (session === leader.pid || group === leader.pid)) ||
        grouped.has(pid) ||
        starts.get(pid) === start,
    ),
  );
  const children = Map.groupBy(stats, ({ parent }) => parent);
  // A set yields what is added to it while it is walked: children of children follow.
  for (const { pid } of members) for (const child of children.get(pid) ?? []) members.add(child);
  return [...members].filter(isRunning);
}
