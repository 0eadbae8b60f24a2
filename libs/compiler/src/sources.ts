// SPDX-License-Identifier: Apache-2.0
import { sortedBy, sha256, type Digest } from '@fairlead/base';
import {
  isDevicesPath,
  join,
  parseDevicesFile,
  parseFleetFile,
  parseHistoryFile,
  parseRunningConfig,
  repositoryPath,
  sizeLimits,
  type FleetFile,
  type HistoryFile,
  type ListedDevice,
  type ParsedFile,
  type RunningConfig,
} from '@fairlead/spec';
import type { CompileInput } from './compile-types.ts';
import type { Finding, Findings } from './findings.ts';
import { createLoader, type Loaded } from './loader.ts';
import { createUsedCache } from './used-cache.ts';

/** Every file of the commit that has a say in what it means. */
export interface Sources {
  readonly fleet: Loaded<FleetFile> | undefined;
  readonly devices: readonly Loaded<readonly ListedDevice[]>[];
  readonly history: Loaded<HistoryFile> | undefined;
  /** SHA-256 of the first root: the id of the fleet. */
  readonly firstRoot: Digest | undefined;
  /** By group, in the order in which it names them; undefined where one cannot be used. */
  readonly running: ReadonlyMap<string, readonly Loaded<RunningConfig>[] | undefined>;
  readonly texts: ReadonlyMap<string, string>;
}

export const firstRootPath = 'trust/root/1.json';

/** Reads what a commit's meaning hangs on. Blobs that an earlier commit held are not read again. */
export interface SourceReader {
  read(input: CompileInput, findings: Findings): Promise<Sources>;
  /** Forgets blobs that the last two commits did not hold. */
  sweep(): void;
}

const kinds = {
  fleet: { kind: 'fleet', maxBytes: sizeLimits.other, parse: parseFleetFile },
  devices: { kind: 'devices', maxBytes: sizeLimits.devices, parse: parseDevicesFile },
  running: { kind: 'running', maxBytes: sizeLimits.other, parse: parseRunningConfig },
  history: { kind: 'history', maxBytes: sizeLimits.other, parse: parseHistoryFile },
  /** Not looked into: its digest is the fleet's id, and who trusts it judges the content. */
  root: {
    kind: 'root',
    maxBytes: sizeLimits.other,
    parse: (bytes: Uint8Array) => ({ value: sha256(bytes), problems: [], text: '' }),
  },
} as const;

export function createSourceReader(): SourceReader {
  const parsed = createUsedCache<ParsedFile<unknown>>();
  return {
    async read(input, findings) {
      const { load, texts } = createLoader(input, findings, parsed);
      refuseLinks(input, findings);
      const [fleet] = await load(['fleet.json'], kinds.fleet);
      if (!input.files.has('fleet.json')) {
        findings.add({ file: 'fleet.json', pointer: '' }, '', {
          code: 'fleet-missing',
          message: 'the commit has no fleet.json',
        });
      }
      const devicePaths = sortedBy([...input.files.keys()].filter(isDevicesPath), (path) => path);
      const devices = await load(devicePaths, kinds.devices);
      const named = namedConfigs(input, fleet, findings);
      const paths = sortedBy(new Set([...named.values()].flatMap((list) => list ?? [])), (path) => path);
      const configs = new Map((await load(paths, kinds.running)).map((file, index) => [paths[index], file]));
      const [history] = await load(['trust/history.json'], kinds.history);
      const [root] = await load([firstRootPath], kinds.root);
      return {
        fleet,
        devices: devices.filter((file) => file !== undefined),
        history,
        firstRoot: root?.value,
        running: new Map(
          [...named].map(([group, list]) => [group, allOrNothing(list?.map((path) => configs.get(path)))]),
        ),
        texts,
      };
    },
    sweep: () => {
      parsed.sweep();
    },
  };
}

function allOrNothing<T>(items: readonly (T | undefined)[] | undefined): readonly T[] | undefined {
  const present = items?.filter((item) => item !== undefined);
  return present?.length === items?.length ? present : undefined;
}

/** A link could lead out of the repository, and a submodule is another repository: neither has a place in a fleet. */
function refuseLinks(input: CompileInput, findings: Findings): void {
  for (const [path, { kind }] of input.files) {
    if (kind === 'file') continue;
    const what = kind === 'symlink' ? 'a symbolic link' : 'a submodule';
    findings.add({ file: path, pointer: '' }, '', { code: 'not-a-file', message: `${path} is ${what}` });
  }
}

/** The running configs that each living group names, as paths of the commit; undefined where a path is wrong. */
function namedConfigs(
  input: CompileInput,
  fleet: Loaded<FleetFile> | undefined,
  findings: Findings,
): ReadonlyMap<string, readonly string[] | undefined> {
  const running = new Map<string, readonly string[] | undefined>();
  for (const [group, entry] of Object.entries(fleet?.value.groups ?? {})) {
    if (entry.retired === true) continue;
    const paths = (entry['running-config'] ?? []).map((path, index) => {
      const source = { file: 'fleet.json', pointer: join('/groups', group, 'running-config', index) };
      return existingPath(input, path, (finding) => {
        findings.add(source, '', finding);
      });
    });
    running.set(group, allOrNothing(paths));
  }
  return running;
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
    suggest: { written: path, among: input.files.keys() },
  });
  return undefined;
}
