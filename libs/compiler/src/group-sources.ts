// SPDX-License-Identifier: Apache-2.0
import { sortedBy } from '@fairlead/base';
import { join, readApply, type FileContent, type FleetFile, type LocatedState } from '@fairlead/spec';
import { plainSettings, type ApplyWhen } from '@fairlead/target';
import type { ConfigSet } from './definitions.ts';
import { desiredStateKind, firmwareKind, runningKind } from './file-kinds.ts';
import type { Source } from './findings.ts';
import type { Loaded } from './loader.ts';
import { contentOf, findPod, pathsOf, type FoundPod, type Readers } from './named-sources.ts';
import type { PodContent } from './pods/pod-content.ts';

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
