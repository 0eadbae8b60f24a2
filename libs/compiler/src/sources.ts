// SPDX-License-Identifier: Apache-2.0
import { sortedBy } from '@fairlead/base';
import {
  isDevicesPath,
  isRunningPath,
  join,
  lockPath,
  parseDevicesFile,
  parseFleetFile,
  parseHistoryFile,
  parseLockFile,
  parseRunningConfig,
  repositoryPath,
  sizeLimits,
  type FleetFile,
  type FleetGroup,
  type HistoryFile,
  type ListedDevice,
  type ParsedFile,
  type RunningConfig,
} from '@fairlead/spec';
import type { CompileInput } from './compile-types.ts';
import type { ConfigSet } from './definitions.ts';
import { inside, type Finding, type Findings } from './findings.ts';
import { createLoader, type Loaded } from './loader.ts';
import { noLock, unreadLock, type CommitLock } from './lock/commit-lock.ts';
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
  /** Running configs by group, in the order in which it names them. Retired groups have none. */
  readonly running: ReadonlyMap<string, ConfigSet>;
  /** Running configs that no group names. */
  readonly unnamed: readonly Loaded<RunningConfig>[];
  readonly texts: ReadonlyMap<string, string>;
}

/** Reads what a commit's meaning hangs on. Blobs that an earlier commit held are not read again. */
export interface SourceReader {
  /** What is wrong with running configs that no group names goes to `aside`, all else to `findings`. */
  read(input: CompileInput, findings: Findings, aside: Findings): Promise<Sources>;
  /** Forgets blobs that the last two commits did not hold. */
  sweep(): void;
}

const kinds = {
  fleet: { kind: 'fleet', maxBytes: sizeLimits.other, parse: parseFleetFile },
  devices: { kind: 'devices', maxBytes: sizeLimits.devices, parse: parseDevicesFile },
  running: { kind: 'running', maxBytes: sizeLimits.other, parse: parseRunningConfig },
  history: { kind: 'history', maxBytes: sizeLimits.other, parse: parseHistoryFile },
  lock: { kind: 'lock', maxBytes: sizeLimits.lock, parse: parseLockFile },
} as const;

export function createSourceReader(): SourceReader {
  const parsed = createUsedCache<ParsedFile<unknown>>();
  const rootReader = createRootReader();
  return {
    async read(input, findings, aside) {
      const { load, texts } = createLoader(input, parsed);
      refuseLinks(input, findings);
      const [fleet] = await load(['fleet.json'], kinds.fleet, findings);
      if (!input.files.has('fleet.json')) {
        findings.add({ file: 'fleet.json', pointer: '' }, '', {
          code: 'fleet-missing',
          message: 'the commit has no fleet.json',
        });
      }
      const paths = inByteOrder(input.files.keys());
      const devices = await load(paths.filter(isDevicesPath), kinds.devices, findings);
      const named = namedConfigs(input, fleet, findings);
      const namedPaths = new Set(inByteOrder([...named.values()].flatMap((set) => set.paths)));
      const loaded = await load([...namedPaths], kinds.running, findings);
      const configs = new Map([...namedPaths].map((path, index) => [path, loaded[index]]));
      const otherPaths = paths.filter((path) => isRunningPath(path) && !namedPaths.has(path));
      const unnamed = await load(otherPaths, kinds.running, aside);
      const [history] = await load(['trust/history.json'], kinds.history, findings);
      const [lock = input.files.has(lockPath) ? unreadLock : noLock] = await load(
        [lockPath],
        kinds.lock,
        findings,
      );
      const roots = await rootReader.read(input, load, findings);
      return {
        fleet,
        devices: devices.filter((file) => file !== undefined),
        history,
        lock,
        roots,
        running: new Map([...named].map(([group, set]) => [group, configSet(set, configs)])),
        unnamed: unnamed.filter((file) => file !== undefined),
        texts,
      };
    },
    sweep: () => {
      parsed.sweep();
      rootReader.sweep();
    },
  };
}

function inByteOrder(paths: Iterable<string>): readonly string[] {
  return sortedBy(paths, (path) => path);
}

/** Paths that a group names, as the commit lists them. */
interface NamedPaths {
  readonly paths: readonly string[];
  /** False where it names more than these, or more than running configs. */
  readonly complete: boolean;
}

function configSet(
  { paths, complete }: NamedPaths,
  configs: ReadonlyMap<string, Loaded<RunningConfig> | undefined>,
): ConfigSet {
  const files = paths.flatMap((path) => configs.get(path) ?? []);
  return { files, complete: complete && files.length === paths.length };
}

/** A link could lead out of the repository, and a submodule is another repository: neither has a place in a fleet. */
function refuseLinks(input: CompileInput, findings: Findings): void {
  for (const [path, { kind }] of input.files) {
    if (kind === 'file') continue;
    const what = kind === 'symlink' ? 'a symbolic link' : 'a submodule';
    findings.add({ file: path, pointer: '' }, '', { code: 'not-a-file', message: `${path} is ${what}` });
  }
}

/** The running configs that each living group names. */
function namedConfigs(
  input: CompileInput,
  fleet: Loaded<FleetFile> | undefined,
  findings: Findings,
): ReadonlyMap<string, NamedPaths> {
  const groups = Object.entries(fleet?.value.groups ?? {}).filter(([, { retired }]) => retired !== true);
  return new Map(
    groups.map(([group, entry]) => {
      const source = { file: 'fleet.json', pointer: join('/groups', group, 'running-config') };
      const written = entry['running-config'] ?? [];
      const paths = written.flatMap((path, index) => {
        const report = (finding: Finding): void => {
          findings.add(inside(source, index), '', finding);
        };
        return existingPath(input, path, report) ?? [];
      });
      const readable = paths.length === written.length && fleet?.faulty.has(source.pointer) !== true;
      return [group, { paths, complete: readable && isAllRunning(entry) }];
    }),
  );
}

function isAllRunning(group: FleetGroup): boolean {
  return group.pod === undefined && group['desired-state'] === undefined;
}

function existingPath(
  input: CompileInput,
  named: string,
  report: (finding: Finding) => void,
): string | undefined {
  const path = repositoryPath(named);
  if (path === undefined) {
    report({ code: 'path-unsafe', message: `'${named}' is no path inside the repository` });
    return undefined;
  }
  if (input.files.has(path)) return path;
  report({
    code: 'file-missing',
    message: `the commit has no file '${path}'`,
    suggest: { written: path, among: () => input.files.keys() },
  });
  return undefined;
}
