// SPDX-License-Identifier: Apache-2.0
import { sortedBy } from '@fairlead/base';
import {
  isDevicesPath,
  isPodPath,
  isRunningPath,
  lockPath,
  type FleetFile,
  type HistoryFile,
  type ListedDevice,
  type ParsedFile,
  type RunningConfig,
} from '@fairlead/spec';
import type { CompileInput } from './compile-types.ts';
import { devicesKind, fleetKind, historyKind, lockKind, runningKind } from './file-kinds.ts';
import type { Findings } from './findings.ts';
import { readGroups, type GroupSources } from './group-sources.ts';
import { createLoader, type Loaded } from './loader.ts';
import { noLock, unreadLock, type CommitLock } from './lock/commit-lock.ts';
import { createPodReader } from './pods/pod-reader.ts';
import { createPodReport } from './pods/pod-report.ts';
import { createRootReader } from './roots.ts';
import { createUsedCache } from './used-cache.ts';

/** Every file of the commit that has a say in what it means. */
export interface Sources {
  readonly fleet: Loaded<FleetFile> | undefined;
  readonly devices: readonly Loaded<readonly ListedDevice[]>[];
  readonly history: Loaded<HistoryFile> | undefined;
  readonly lock: CommitLock;
  /** Bytes of every root from version 1 on; the SHA-256 of the first is the id of the fleet. */
  readonly roots: readonly Uint8Array[];
  /** What each group names, files in its order. Retired groups have none. */
  readonly groups: ReadonlyMap<string, GroupSources>;
  /** Running configs that no group names. */
  readonly unnamed: readonly Loaded<RunningConfig>[];
  /** Whether it is sure which files no group names. */
  readonly namesAll: boolean;
  readonly texts: ReadonlyMap<string, string>;
}

/** Reads what a commit's meaning hangs on. Blobs that an earlier commit held are not read again. */
export interface SourceReader {
  /** What is wrong with files that no group names goes to `aside`, all else to `findings`. */
  read(input: CompileInput, findings: Findings, aside: Findings): Promise<Sources>;
  /** Forgets blobs that the last two commits did not hold. */
  sweep(): void;
}

export function createSourceReader(): SourceReader {
  const parsed = createUsedCache<ParsedFile<unknown>>();
  const rootReader = createRootReader();
  const podReader = createPodReader();
  return {
    async read(input, findings, aside) {
      const { load, texts } = createLoader(input, parsed);
      refuseLinks(input, findings);
      const [fleet] = await load(['fleet.json'], fleetKind, findings);
      if (!input.files.has('fleet.json')) {
        findings.add({ file: 'fleet.json', pointer: '' }, '', {
          code: 'fleet-missing',
          message: 'the commit has no fleet.json',
        });
      }
      const paths = sortedBy(input.files.keys(), (path) => path);
      const devices = await load(paths.filter(isDevicesPath), devicesKind, findings);
      const [lock = input.files.has(lockPath) ? unreadLock : noLock] = await load(
        [lockPath],
        lockKind,
        findings,
      );
      const named = await readGroups(fleet, { input, load, pods: podReader, lock, findings });
      const groups = [...named.groups.values()];
      const namedFiles = new Set(groups.flatMap(({ files }) => files.map(({ file }) => file)));
      const unnamed = await load(
        paths.filter((path) => isRunningPath(path) && !namedFiles.has(path)),
        runningKind,
        aside,
      );

      const report = createPodReport(texts);
      for (const pod of named.pods.values()) report.add(pod, findings);
      const drafts = await podReader.read(
        input,
        paths.filter((path) => isPodPath(path) && !report.files.has(path) && !namedFiles.has(path)),
      );
      report.addDrafts(drafts, aside);

      const [history] = await load(['trust/history.json'], historyKind, findings);
      const roots = await rootReader.read(input, load, findings);
      return {
        fleet,
        devices: devices.filter((file) => file !== undefined),
        history,
        lock,
        roots,
        groups: named.groups,
        unnamed: unnamed.filter((file) => file !== undefined),
        namesAll: fleet?.faulty.size === 0 && groups.every(({ pod }) => isRead(pod)),
        texts,
      };
    },
    sweep: () => {
      parsed.sweep();
      rootReader.sweep();
      podReader.sweep();
    },
  };
}

function isRead(pod: GroupSources['pod']): boolean {
  return pod === undefined || pod.reference !== undefined || pod.content?.parsed.part?.complete === true;
}

/** A link could lead out of the repository, and a submodule is another repository: neither has a place in a fleet. */
function refuseLinks(input: CompileInput, findings: Findings): void {
  for (const [path, { kind }] of input.files) {
    if (kind === 'file') continue;
    const what = kind === 'symlink' ? 'a symbolic link' : 'a submodule';
    findings.add({ file: path, pointer: '' }, '', { code: 'not-a-file', message: `${path} is ${what}` });
  }
}
