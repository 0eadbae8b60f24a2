// SPDX-License-Identifier: Apache-2.0
import { err, ok, type Result } from '@fairlead/base';
import { problem, type Repository, type RepositoryProblem } from '@fairlead/git';
import { refNames, type FleetLogOptions } from '@fairlead/log';

/** A repository for the fleet log that is not the watched one. */
export interface LogPlace {
  open(): Promise<Result<Repository, RepositoryProblem>>;
  /** `receipts`: the bulk alone. `all`: records and notes too, where the watched repository is not to be written. */
  readonly holds: 'receipts' | 'all';
}

type LogRepositories = Pick<FleetLogOptions, 'repository' | 'receipts' | 'earlier' | 'holdsCommits'>;

/** Where each part of the log goes. */
export async function logRepositories(
  place: LogPlace | undefined,
  watched: Repository,
  branch: string,
): Promise<Result<LogRepositories, RepositoryProblem>> {
  const apart = await place?.open();
  if (apart === undefined) return ok({ repository: watched });
  if (!apart.ok) return apart;
  const own = apart.value;
  if (own.identity === watched.identity) return ok({ repository: watched });
  if (place?.holds !== 'all') return ok({ repository: watched, receipts: own });
  const stranded = await strandedRecords(watched, own, branch);
  if (!stranded.ok) return stranded;
  return ok({ repository: own, earlier: watched, holdsCommits: false });
}

/** A log that begins anew beside one that is there already would sign each version a second time. */
async function strandedRecords(
  watched: Repository,
  own: Repository,
  branch: string,
): Promise<Result<void, RepositoryProblem>> {
  const { signal } = new AbortController();
  const { records } = refNames(branch);
  const refreshed = await own.refresh(signal);
  if (!refreshed.ok) return refreshed;
  const [there, here] = [await watched.readRef(records), await own.readRef(records)];
  if (!there.ok) return there;
  if (!here.ok) return here;
  if (there.value === null || here.value !== null) return ok();
  const message = `${records} stands in the watched repository, and not in that of --log`;
  const hint = 'Bring it over: fairlead log adopt --from <watched repository> --repo <repository of --log>';
  return err({ ...problem('log-behind', message), hint });
}
