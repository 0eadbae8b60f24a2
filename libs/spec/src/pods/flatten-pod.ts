// SPDX-License-Identifier: Apache-2.0
import { at, join, type Diagnostic, type Problem } from '../diagnostic.ts';
import { readJson, type JsonDocument } from '../json-document.ts';
import { compareDiagnostics, locate } from '../parsed-file.ts';
import { isYamlPath } from '../source-rules.ts';
import { readYaml } from '../yaml-document.ts';
import { mergeNodes, withoutNulls } from './merge-nodes.ts';
import { nodeOf, type MapNode, type Origin, type SpecNode } from './spec-node.ts';

/** Where the files of a pod specification are: in a commit, or in a folder. */
export interface SpecFiles {
  /** The path that `file` means by `reference`; undefined where that leaves what may be read. */
  resolve(file: string, reference: string): string | undefined;
  /** Undefined where there is no such file; a problem where it cannot be read. */
  read(path: string): Promise<Uint8Array | Problem | undefined>;
}

/** A pod specification with what its bases bring. */
export interface FlatPod {
  /** The file alone, as it stands. Undefined where it is no specification. */
  readonly own: MapNode | undefined;
  /** With its bases, without `extends` and nulls; undefined where `own` is. */
  readonly flat: MapNode | undefined;
  /** By file, each once. */
  readonly problems: ReadonlyMap<string, readonly Problem[]>;
  readonly texts: ReadonlyMap<string, string>;
  /** The chain of files that led to each, from the one that names it outwards. */
  readonly chains: ReadonlyMap<string, readonly string[]>;
}

/** Most files of one specification, itself included. */
const mostFiles = 100;
/** Most bytes of all its files together. */
const mostBytes = 2 ** 20;

/**
 * Reads a pod specification and its bases. A base is flattened first; of several the earlier wins, and the file itself over all; lists
 * join, the file's own items first; null takes away what the file's own bases bring. Each file is read once, however many extend it.
 */
export async function flattenPod(path: string, files: SpecFiles): Promise<FlatPod> {
  const problems = new Map<string, Problem[]>();
  const texts = new Map<string, string>();
  const chains = new Map<string, readonly string[]>();
  const loaded = new Map<string, MapNode>();
  const flat = new Map<string, MapNode | undefined>();
  let left = mostBytes;

  const report = (file: string, problem: Problem): void => {
    const known = problems.get(file);
    if (known === undefined) problems.set(file, [problem]);
    else known.push(problem);
  };

  const load = async (file: string, chain: readonly string[]): Promise<MapNode | undefined> => {
    // Where the files hold too much, that is said once, and no more is read.
    const bytes = left > 0 ? await files.read(file) : new Uint8Array();
    if (bytes === undefined) return undefined;
    texts.set(file, '');
    if (!(bytes instanceof Uint8Array)) {
      report(file, withChain(bytes, chain));
      return undefined;
    }
    if (left <= 0) return undefined;
    left -= bytes.length;
    if (left < 0) {
      report(file, withChain(error('too-many', 'the files of this specification are over 1 MiB', ''), chain));
      return undefined;
    }
    const document = documentOf(file, bytes);
    texts.set(file, document.text);
    for (const problem of document.problems) report(file, unreadable(problem, file, chain));
    if (document.problems.some(({ code }) => code === 'too-many')) left = 0;
    if (document.problems.length > 0) return undefined;
    const node = document.nodeAt(file);
    if (node.kind === 'map') return node;
    const message = `Pod specification at ${file} does not contain a map.`;
    report(file, withChain(error('wrong-type', message, ''), chain));
    return undefined;
  };

  /** `chain`: the files that led here, the nearest first. */
  const flatten = async (file: string, chain: readonly string[]): Promise<MapNode | undefined> => {
    chains.set(file, chain);
    const own = await load(file, chain);
    if (own === undefined) return undefined;
    loaded.set(file, own);
    const bases: MapNode[] = [];
    const led = [file, ...chain];
    for (const { reference, pointer } of basesOf(own, (problem) => report(file, withChain(problem, chain)))) {
      const base = files.resolve(file, reference);
      const refuse = (code: Problem['code'], message: string): void => {
        report(file, withChain(error(code, message, pointer), led));
      };
      if (base === undefined) refuse('path-unsafe', `'${reference}' leads out of the repository.`);
      else if (led.includes(base)) refuse('extends-cycle', `Circular extends: ${base}.`);
      else if (!chains.has(base) && chains.size >= mostFiles)
        refuse('too-many', `More than ${String(mostFiles)} files.`);
      else {
        if (!chains.has(base)) flat.set(base, await flatten(base, led));
        const found = flat.get(base);
        if (found !== undefined) bases.push(found);
        else if (!texts.has(base))
          refuse('file-missing', `Failed to read pod specification from ${base}: no such file.`);
      }
    }
    const entries = new Map([...own.entries].filter(([key]) => key !== 'extends'));
    return withoutNulls(bases.reduce(mergeNodes, { ...own, entries }));
  };

  const root = await flatten(path, []);
  return { own: loaded.get(path), flat: root, problems, texts, chains };
}

interface PodDocument extends JsonDocument {
  /** What it says, as the file at this path. */
  nodeAt(file: string): SpecNode;
}

/** By the bytes that they were read from: a base of many specifications is read once for all. */
const documents = new WeakMap<Uint8Array, PodDocument>();

function documentOf(file: string, bytes: Uint8Array): PodDocument {
  const known = documents.get(bytes);
  if (known !== undefined) return known;
  const read = isYamlPath(file) ? readYaml(bytes) : readJson(bytes);
  const nodes = new Map<string, SpecNode>();
  const nodeAt = (path: string): SpecNode => {
    const node = nodes.get(path) ?? nodeOf(read.value, { file: path, pointer: '' });
    nodes.set(path, node);
    return node;
  };
  const document = { ...read, nodeAt };
  documents.set(bytes, document);
  return document;
}

/** A specification that has been flattened and now stands at a place of a file. Undefined where it is none. */
export function podOf(value: unknown, origin: Origin): FlatPod {
  const node = nodeOf(value, origin);
  const own = node.kind === 'map' ? node : undefined;
  return { own, flat: own, problems: new Map(), texts: new Map(), chains: new Map() };
}

/** What is wrong with the files of a specification, each where it stands. */
export function podDiagnostics({
  problems,
  texts,
}: Pick<FlatPod, 'problems' | 'texts'>): readonly Diagnostic[] {
  return [...problems]
    .flatMap(([file, found]) => locate(file, texts.get(file) ?? '', found))
    .sort(compareDiagnostics);
}

interface NamedBase {
  readonly reference: string;
  readonly pointer: string;
}

/** The bases that a file names, in its order. */
function basesOf({ entries, origin }: MapNode, report: (problem: Problem) => void): readonly NamedBase[] {
  const named = entries.get('extends');
  if (named === undefined || (named.kind === 'scalar' && named.value === null)) return [];
  if (named.kind !== 'list') {
    const message = `Extends entry in pod specification at ${origin.file} is not a list.`;
    report(error('wrong-type', message, '/extends'));
    return [];
  }
  return named.items.flatMap((item, index) => {
    const pointer = join('/extends', index);
    if (item.kind === 'scalar' && typeof item.value === 'string') return [{ reference: item.value, pointer }];
    report(error('wrong-type', 'extends is a list of paths', pointer));
    return [];
  });
}

function error(code: Problem['code'], message: string, pointer: string): Problem {
  return { severity: 'error', code, message, place: at(pointer) };
}

/** Of a base it is said that it could not be read, since whoever looks at the specification may not know that there is one. */
function unreadable(problem: Problem, file: string, chain: readonly string[]): Problem {
  const message = `Failed to read pod specification from ${file}: ${problem.message}.`;
  return chain.length === 0 ? problem : withChain({ ...problem, message }, chain);
}

/** Tells by which files one came to where the problem is. */
export function withChain(problem: Problem, chain: readonly string[]): Problem {
  return {
    ...problem,
    message: [problem.message, ...chain.map((file) => `  - Extended by ${file}.`)].join('\n'),
  };
}
