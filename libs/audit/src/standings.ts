// SPDX-License-Identifier: Apache-2.0
import type { Checkpoint } from './checkpoint.ts';
import type { ReceiptBranch } from './receipt-branch.ts';
import type { SegmentStart, Standing } from './segment-judge.ts';

/** Where the devices stand while one reference is read. */
interface RunningStanding {
  /** The highest number so far; 0: none. */
  reached(device: string, instance: string): number;
  reach(device: string, instance: string, seq: number): void;
  /** A batch was read to its end. */
  endOf(commit: string): void;
}

/** Where the devices stood at the commits that later segments name as ends. */
export interface Standings {
  begin(ref: string, start: SegmentStart | undefined): RunningStanding;
  /** By reference; one is left out where the log does not hold the commit. */
  endsOf(start: SegmentStart, since: Checkpoint | null): Promise<ReadonlyMap<string, Standing>>;
}

export function createStandings(branches: readonly ReceiptBranch[]): Standings {
  const wanted = new Set(
    branches.flatMap(({ start }) => [...(start?.previous ?? [])].map(([ref, end]) => `${ref} ${end}`)),
  );
  const found = new Map<string, Standing>();

  /** An end within what an earlier audit has judged says nothing new, but must be there. */
  async function wasJudged(ref: string, commit: string, since: Checkpoint | null): Promise<boolean> {
    for (const { key, log } of branches.filter((branch) => branch.ref === ref)) {
      const head = since?.receipts[key];
      const descends = head === undefined ? undefined : await log.ancestry.isDescendant(commit, head);
      if (descends?.ok === true && descends.value) return true;
    }
    return false;
  }

  return {
    begin(ref, start) {
      const standing = new Map<string, Map<string, number>>();
      const reached = (device: string, instance: string): number => standing.get(device)?.get(instance) ?? 0;
      const reach = (device: string, instance: string, seq: number): void => {
        const instances = standing.get(device) ?? new Map<string, number>();
        standing.set(device, instances.set(instance, Math.max(seq, reached(device, instance))));
      };
      for (const [device, { instance, seq }] of start?.checkpoint ?? []) reach(device, instance, seq);
      return {
        reached,
        reach,
        endOf(commit) {
          const name = `${ref} ${commit}`;
          if (wanted.has(name))
            found.set(
              name,
              new Map([...standing].map(([device, instances]) => [device, new Map(instances)])),
            );
        },
      };
    },
    async endsOf({ previous }, since) {
      const ends = new Map<string, Standing>();
      for (const [ref, commit] of previous) {
        const standing = found.get(`${ref} ${commit}`);
        if (standing !== undefined) ends.set(ref, standing);
        else if (await wasJudged(ref, commit, since)) ends.set(ref, new Map());
      }
      return ends;
    },
  };
}
