// SPDX-License-Identifier: Apache-2.0
import { formatPodReference, isFaulty, join, parsePodReference, type FleetGroup } from '@fairlead/spec';
import type { CompileInput } from './compile-types.ts';
import type { Findings, Source } from './findings.ts';
import type { Loader } from './loader.ts';
import { lookUp, type CommitLock } from './lock/commit-lock.ts';
import { existingPath } from './named-path.ts';
import { isUrl } from './pods/firmware-unit.ts';
import type { PodContent } from './pods/pod-content.ts';
import type { PodReader } from './pods/pod-reader.ts';

/** What one compilation reads with. */
export interface Readers {
  readonly input: CompileInput;
  readonly load: Loader['load'];
  readonly pods: PodReader;
  readonly lock: CommitLock;
  readonly findings: Findings;
}

/** The pod that a group names; `none`: what it says names none. */
export type FoundPod = { readonly source: Source } & (
  | { readonly kind: 'path'; readonly path: string | undefined }
  | { readonly kind: 'reference'; readonly reference: string }
  | { readonly kind: 'none' }
);

export function findPod(
  group: string,
  { pod }: FleetGroup,
  { input, findings }: Readers,
): FoundPod | undefined {
  if (pod === undefined) return undefined;
  const source = { file: 'fleet.json', pointer: join('/groups', group, 'pod') };
  const named = parsePodReference(pod);
  // Why it names none, the parser has said.
  if (!named.ok) return { source, kind: 'none' };
  if (named.value.kind === 'path')
    return { source, kind: 'path', path: existingPath(input, named.value.path, source, findings) };
  return { source, kind: 'reference', reference: formatPodReference(named.value) };
}

/** What the pod holds; undefined where it is not there. */
export function contentOf(
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
export function pathsOf(
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
