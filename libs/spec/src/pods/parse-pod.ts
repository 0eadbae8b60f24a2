// SPDX-License-Identifier: Apache-2.0
import type { Place, Problem } from '../diagnostic.ts';
import { dialectOf } from './dialect.ts';
import { withChain, type FlatPod } from './flatten-pod.ts';
import type { Dialect, PodSpec } from './pod-spec.ts';
import { readArtemisPod } from './artemis/read-artemis-pod.ts';
import { readPod } from './read-pod.ts';
import { relocatePaths } from './relocate-paths.ts';
import { originIn, type MapNode, type Origin } from './spec-node.ts';

export interface PodOptions {
  /** Whose language it is; unless said, that of its `$schema`. */
  readonly dialect?: Dialect;
  /** A path as the reader of the specification shall find it, given as the file `holder` writes it. Unless said, as it is written. */
  readonly relocate?: (path: string, holder: string) => string;
}

export interface ParsedPod {
  /** Undefined with an error. */
  readonly value: PodSpec | undefined;
  /** By file: those of reading its files first. */
  readonly problems: ReadonlyMap<string, readonly Problem[]>;
  readonly texts: ReadonlyMap<string, string>;
  /** Where what stands at a pointer into the flattened value was written; `containers` may be written `apps`. */
  originOf(pointer: string): Origin;
}

/** The meaning of a pod specification that `flattenPod` read, every problem at the file and place that it comes from. */
export function parsePod(pod: FlatPod, { dialect, relocate }: PodOptions = {}): ParsedPod {
  const { own, flat, texts } = pod;
  const top = own?.origin.file ?? '';
  if (flat === undefined)
    return { value: undefined, problems: pod.problems, texts, originOf: () => ({ file: top, pointer: '' }) };
  const chosen = dialect ?? dialectOf(flat);
  const root = named(relocate === undefined ? flat : relocatePaths(flat, relocate, chosen));
  const read = chosen === 'artemis' ? readArtemisPod : readPod;
  const { value, problems: found } = read(root);
  const problems = merged(
    pod,
    found.map((problem) => placed(problem, root, pod)),
  );
  const faulty = [...pod.problems.values()].flat().some(({ severity }) => severity === 'error');
  return {
    value: faulty ? undefined : value,
    problems,
    texts,
    originOf: (pointer) => originIn(root, asWritten(root, pointer)),
  };
}

/** The name of a file without its folder and its last extension, which names what it describes. */
export function podNameOf(path: string): string {
  const base = path.slice(path.lastIndexOf('/') + 1);
  return base.includes('.') ? base.slice(0, base.lastIndexOf('.')) : base;
}

/** One that names itself not has the name of its file. */
function named(root: MapNode): MapNode {
  const name = podNameOf(root.origin.file);
  if (root.entries.has('name') || name === '') return root;
  return {
    ...root,
    entries: new Map([...root.entries, ['name', { kind: 'scalar', value: name, origin: root.origin }]]),
  };
}

function asWritten({ entries }: MapNode, pointer: string): string {
  return entries.has('containers') ? pointer : pointer.replace(/^\/containers(?=\/|$)/, '/apps');
}

interface PlacedProblem {
  readonly file: string;
  readonly problem: Problem;
}

/** A problem of the flattened value, where it comes from, with the files that led there. */
function placed(problem: Problem, root: MapNode, { chains }: FlatPod): PlacedProblem {
  const { place } = problem;
  if (place.kind === 'range') return { file: root.origin.file, problem };
  const { file, pointer } = originIn(root, place.pointer);
  const there: Place = { kind: place.kind, pointer };
  return { file, problem: withChain({ ...problem, place: there }, chains.get(file) ?? []) };
}

function merged(
  { problems }: FlatPod,
  more: readonly PlacedProblem[],
): ReadonlyMap<string, readonly Problem[]> {
  const byFile = new Map<string, readonly Problem[]>(problems);
  for (const { file, problem } of more) byFile.set(file, [...(byFile.get(file) ?? []), problem]);
  return byFile;
}
