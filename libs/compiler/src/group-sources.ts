// SPDX-License-Identifier: Apache-2.0
import { sortedBy } from '@fairlead/base';
import {
  formatPodReference,
  isFaulty,
  join,
  parsePodReference,
  readApply,
  type FleetFile,
  type FileContent,
  type LocatedState,
  type FleetGroup,
} from '@fairlead/spec';
import { plainSettings, type ApplyWhen } from '@fairlead/target';
import type { CompileInput } from './compile-types.ts';
import type { ConfigSet } from './definitions.ts';
import type { Findings, Source } from './findings.ts';
import type { Loaded, Loader } from './loader.ts';
import { lookUp, type CommitLock } from './lock/commit-lock.ts';
import { existingPath } from './named-path.ts';
import { desiredStateKind, firmwareKind, runningKind } from './file-kinds.ts';
import { isUrl } from './pods/firmware-unit.ts';
import type { PodContent } from './pods/pod-content.ts';
import type { PodReader } from './pods/pod-reader.ts';

/** All that one group runs: files of the commit and entries of its lock. */
export interface GroupSources extends ConfigSet {
  /** In the order in which the group names them. */
  readonly desired: readonly Loaded<LocatedState>[];
  readonly pod: NamedPod | undefined;
  readonly apply: ApplyWhen;
}

/** The pod of a group. */
export interface NamedPod {
  /** Where the group names it. */
  readonly source: Source;
  /** Its name in the lock; undefined: it is a file of the commit. */
  readonly reference: string | undefined;
  /** Undefined where it is not there, or cannot be read. */
  readonly content: PodContent | undefined;
  /** Firmware that it names, by path. */
  readonly files: ReadonlyMap<string, Loaded<FileContent>>;
}

/** Of what belongs to no group. */
export const noSources: GroupSources = {
  files: [],
  complete: false,
  desired: [],
  pod: undefined,
  apply: plainSettings.apply,
};

/** What one compilation reads with. */
export interface Readers {
  readonly input: CompileInput;
  readonly load: Loader['load'];
  readonly pods: PodReader;
  readonly lock: CommitLock;
  readonly findings: Findings;
}

/** Sources of each living group, and the pods that lie in the commit by path. */
export interface ReadGroups {
  readonly groups: ReadonlyMap<string, GroupSources>;
  readonly pods: ReadonlyMap<string, PodContent>;
}

/** Reads what each living group names. What is wrong with the pods themselves is left to the caller. */
export async function readGroups(
  fleet: Loaded<FleetFile> | undefined,
  readers: Readers,
): Promise<ReadGroups> {
  const living = Object.entries(fleet?.value.groups ?? {}).filter(([, { retired }]) => retired !== true);
  const named = living.map(([name, entry]) => ({ name, entry, pod: findPod(name, entry, readers) }));
  const podPaths = new Set(named.flatMap(({ pod }) => (pod?.kind === 'path' ? (pod.path ?? []) : [])));
  const pods = await readers.pods.read(readers.input, inByteOrder(podPaths));
  const found = named.map(({ name, entry, pod }) => {
    const content = pod === undefined ? undefined : contentOf(pod, pods, readers);
    return { name, entry, pod, content, paths: pathsOf(name, entry, content, readers) };
  });
  const running = await loadAll(
    found.flatMap(({ paths }) => paths.running),
    (paths) => readers.load(paths, runningKind, readers.findings),
  );
  const desired = await loadAll(
    found.flatMap(({ paths }) => paths.desired),
    (paths) => readers.load(paths, desiredStateKind, readers.findings),
  );
  const firmware = await loadAll(
    found.flatMap(({ paths }) => paths.firmware),
    (paths) => loadEach(paths, readers),
  );
  const groups = found.map(({ name, entry, pod, content, paths }): readonly [string, GroupSources] => {
    const files = paths.running.flatMap((path) => running.get(path) ?? []);
    const states = paths.desired.flatMap((path) => desired.get(path) ?? []);
    const unread = (key: string): boolean => fleet?.faulty.has(join('/groups', name, key)) === true;
    const whole =
      (pod === undefined || content?.parsed.part?.complete === true) &&
      !['pod', 'running-config', 'desired-state'].some(unread);
    return [
      name,
      {
        files,
        desired: states,
        complete:
          whole &&
          paths.complete &&
          files.length === paths.running.length &&
          states.length === paths.desired.length,
        pod: pod === undefined ? undefined : namedPod(pod, content, paths.firmware, firmware),
        apply: readApply(entry.apply).value,
      },
    ];
  });
  return { groups: new Map(groups), pods };
}

type FoundPod = { readonly source: Source } & (
  | { readonly kind: 'path'; readonly path: string | undefined }
  | { readonly kind: 'reference'; readonly reference: string }
  | { readonly kind: 'none' }
);

function findPod(group: string, { pod }: FleetGroup, { input, findings }: Readers): FoundPod | undefined {
  if (pod === undefined) return undefined;
  const source = { file: 'fleet.json', pointer: join('/groups', group, 'pod') };
  const named = parsePodReference(pod);
  // Why it names none, the parser has said.
  if (!named.ok) return { source, kind: 'none' };
  if (named.value.kind === 'path')
    return { source, kind: 'path', path: existingPath(input, named.value.path, source, findings) };
  return { source, kind: 'reference', reference: formatPodReference(named.value) };
}

function contentOf(
  pod: FoundPod,
  pods: ReadonlyMap<string, PodContent>,
  readers: Readers,
): PodContent | undefined {
  if (pod.kind === 'path') return pod.path === undefined ? undefined : pods.get(pod.path);
  if (pod.kind === 'none') return undefined;
  const locked = lookUp(readers.lock, 'pods', pod.reference);
  return typeof locked === 'string' ? undefined : readers.pods.locked(pod.reference, locked);
}

interface GroupPaths {
  readonly running: readonly string[];
  readonly desired: readonly string[];
  readonly firmware: readonly string[];
  /** False where one that is named is not there. */
  readonly complete: boolean;
}

/** Paths that a group and its pod name, each once. A pod that was built brings its own files. */
function pathsOf(
  group: string,
  entry: FleetGroup,
  content: PodContent | undefined,
  { input, findings }: Readers,
): GroupPaths {
  const own = (key: 'running-config' | 'desired-state'): readonly (string | undefined)[] =>
    (entry[key] ?? []).map((path, index) =>
      existingPath(
        input,
        path,
        { file: 'fleet.json', pointer: join('/groups', group, key, index) },
        findings,
      ),
    );
  const part = content?.blobs === undefined ? content?.parsed.part : undefined;
  const find = (path: string, source: Source): string | undefined =>
    // What is wrong with the path itself has been told, a placeholder in it too.
    path.includes('{{') || isFaulty(part?.faulty.get(source.file) ?? new Set(), source.pointer)
      ? undefined
      : existingPath(input, path, source, findings);
  const pod = part?.spec;
  const running = [
    ...own('running-config'),
    ...(pod?.runningConfigs ?? []).map(({ path, origin }) => find(path, origin)),
  ];
  const desired = own('desired-state');
  const firmware = (pod?.containers ?? []).flatMap(({ name, kind }) => {
    if (kind.kind !== 'firmware' || isUrl(kind.path)) return [];
    const source = content?.parsed.originOf(join('/containers', name, 'firmware'));
    return source === undefined ? [] : (find(kind.path, source) ?? []);
  });
  return {
    running: [...new Set(running.filter((path) => path !== undefined))],
    desired: [...new Set(desired.filter((path) => path !== undefined))],
    firmware: [...new Set(firmware)],
    complete: !running.includes(undefined) && !desired.includes(undefined),
  };
}

function namedPod(
  pod: FoundPod,
  content: PodContent | undefined,
  paths: readonly string[],
  firmware: ReadonlyMap<string, Loaded<FileContent> | undefined>,
): NamedPod {
  return {
    source: pod.source,
    reference: pod.kind === 'reference' ? pod.reference : undefined,
    content,
    files: new Map(
      paths.flatMap((path) => {
        const file = firmware.get(path);
        return file === undefined ? [] : [[path, file] as const];
      }),
    ),
  };
}

async function loadAll<T>(
  named: readonly string[],
  load: (paths: readonly string[]) => Promise<readonly (Loaded<T> | undefined)[]>,
): Promise<ReadonlyMap<string, Loaded<T> | undefined>> {
  const paths = inByteOrder(new Set(named));
  const loaded = await load(paths);
  return new Map(paths.map((path, index) => [path, loaded[index]]));
}

/** One by one: each may be large, and only its digest is kept. */
async function loadEach(
  paths: readonly string[],
  { load, findings }: Readers,
): Promise<readonly (Loaded<FileContent> | undefined)[]> {
  const loaded: (Loaded<FileContent> | undefined)[] = [];
  for (const path of paths) loaded.push(...(await load([path], firmwareKind, findings)));
  return loaded;
}

function inByteOrder(paths: Iterable<string>): readonly string[] {
  return sortedBy(paths, (path) => path);
}
