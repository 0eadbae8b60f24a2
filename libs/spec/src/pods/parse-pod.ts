// SPDX-License-Identifier: Apache-2.0
import type { Place, Problem } from '../diagnostic.ts';
import { dialectOf } from './dialect.ts';
import { withChain, type FlatPod } from './flatten-pod.ts';
import type { Dialect, PodSpec } from './pod-spec.ts';
import { readArtemisPod } from './artemis/read-artemis-pod.ts';
import { readPod, type PodReading } from './read-pod.ts';
import { relocatePaths } from './relocate-paths.ts';
import { itemIn, originIn, writtenAt, type MapNode, type Origin } from './spec-node.ts';

export interface PodOptions {
  /** Whose language it is; unless said, that of its `$schema`. */
  readonly dialect?: Dialect;
  /** A path as the reader of the specification shall find it, given as the file `holder` writes it. Unless said, as it is written. */
  readonly relocate?: (path: string, holder: string) => string;
}

export interface ParsedPod {
  /** Undefined with an error. */
  readonly value: PodSpec | undefined;
  /** With errors too. Undefined where nothing is left. */
  readonly part: PodPart | undefined;
  /** By file: those of reading its files first. */
  readonly problems: ReadonlyMap<string, readonly Problem[]>;
  readonly texts: ReadonlyMap<string, string>;
  /** Where what stands at a pointer into the flattened value was written; `containers` may be written `apps`. */
  originOf(pointer: string): Origin;
  /** Where in the list at this pointer the item stands; the same twice: the first. */
  originOfItem(pointer: string, item: string): Origin;
}

/** What of a specification could be read. With errors it serves to look for more of them, and nothing else. */
export interface PodPart {
  readonly spec: PodSpec;
  /** Containers that it does not have, since it is not known what they are. */
  readonly unread: readonly string[];
  /** False where more may belong to it: a base, a container or a running config that could not be read. */
  readonly complete: boolean;
  /** By file, pointers of what the problems speak of; see `ParsedFile`. */
  readonly faulty: ReadonlyMap<string, ReadonlySet<string>>;
}

/** The meaning of a pod specification that `flattenPod` read, every problem at the file and place that it comes from. */
export function parsePod(pod: FlatPod, { dialect, relocate }: PodOptions = {}): ParsedPod {
  const { own, flat, texts } = pod;
  const top = own?.origin.file ?? '';
  if (flat === undefined)
    return {
      value: undefined,
      part: undefined,
      problems: pod.problems,
      texts,
      originOf: () => ({ file: top, pointer: '' }),
      originOfItem: () => ({ file: top, pointer: '' }),
    };
  const chosen = dialect ?? dialectOf(flat);
  const root = named(relocate === undefined ? flat : relocatePaths(flat, relocate, chosen));
  const read = chosen === 'artemis' ? readArtemisPod : readPod;
  const reading = read(root);
  // What is missing may be what a base would have brought.
  const found = hasErrors(pod.problems)
    ? reading.problems.filter(({ code }) => code !== 'missing-key')
    : reading.problems;
  const problems = merged(
    pod,
    found.map((problem) => placed(problem, root, pod)),
  );
  return {
    value: hasErrors(problems) ? undefined : reading.value,
    part: partOf(reading, root, pod),
    problems,
    texts,
    originOf: (pointer) => originIn(root, asWritten(root, pointer)),
    originOfItem: (pointer, item) => itemIn(root, asWritten(root, pointer), item),
  };
}

function hasErrors(problems: ParsedPod['problems']): boolean {
  return [...problems.values()].some((found) => found.some(({ severity }) => severity === 'error'));
}

function partOf({ value, faulty }: PodReading, root: MapNode, pod: FlatPod): PodPart | undefined {
  if (value === undefined) return undefined;
  const read = new Set(value.containers.map(({ name }) => name));
  const written = root.entries.get('containers') ?? root.entries.get('apps');
  const names = written?.kind === 'map' ? [...written.entries.keys()] : [];
  const origins = [...faulty].map((pointer) => writtenAt(root, pointer));
  return {
    spec: value,
    unread: names.filter((name) => !read.has(name)),
    complete: !hasErrors(pod.problems) && ![...faulty].some((pointer) => holdsMore.test(pointer)),
    faulty: new Map(
      [...Map.groupBy(origins, ({ file }) => file)].map(([file, places]) => [
        file,
        new Set(places.map(({ pointer }) => pointer)),
      ]),
    ),
  };
}

/** Places that name what else belongs to a specification. */
const holdsMore = /^(?:\/(?:containers|apps|running-config(?:\/\d+)?))?$/;

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
