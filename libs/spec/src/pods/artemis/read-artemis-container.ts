// SPDX-License-Identifier: Apache-2.0
import { podDefaults, type ContainerKind, type PodContainer } from '../pod-spec.ts';
import type { Origin } from '../spec-node.ts';
import { quoted, type Findings } from './findings.ts';
import { createKeyReader, type JsonObject, type KeyReader } from './key-reader.ts';
import { noStart, readStart, type Start } from './read-start.ts';

interface WrittenContainer {
  readonly entry: JsonObject;
  readonly pointer: string;
  readonly origin: Origin;
}

/** A container as Artemis reads it; undefined where it is not known what it is. */
export function readArtemisContainer(
  name: string,
  { entry, pointer, origin }: WrittenContainer,
  findings: Findings,
): PodContainer | undefined {
  const keys = createKeyReader(entry, { holder: `container ${name}`, pointer }, findings);
  const kind = readKind(name, keys, entry, findings);
  if (kind === undefined) return undefined;
  const compileFlags = kind.kind === 'entrypoint' ? keys.texts('compile-flags') : undefined;
  const given = keys.texts('arguments') ?? [];
  const background = keys.flag('background') ?? false;
  const start = readStart(name, keys, findings);
  const defines = keys.map('defines');
  keys.warnUnused();
  const { critical, runlevel, triggers, gpio } = whereItRuns(start);
  return {
    name,
    origin,
    kind,
    arguments: given,
    requires: [],
    triggers,
    gpio,
    runlevel,
    background,
    critical,
    resources: podDefaults.resources,
    health: null,
    foreign: {
      ...(compileFlags === undefined ? {} : { 'compile-flags': compileFlags }),
      ...(defines === undefined ? {} : { defines }),
    },
  };
}

/** Above 3 its scheduler never goes: nothing starts such a container. */
function whereItRuns(start: Start): Omit<Start, 'runlevel'> & { readonly runlevel: 1 | 2 | 3 } {
  const { runlevel } = start;
  return runlevel === 1 || runlevel === 2 || runlevel === 3
    ? { ...start, runlevel }
    : { ...noStart, runlevel: 3 };
}

function readKind(
  name: string,
  keys: KeyReader,
  entry: JsonObject,
  findings: Findings,
): ContainerKind | undefined {
  if (keys.has('entrypoint') && keys.has('snapshot')) {
    keys.find('conflicting-settings', `Container ${name} has both entrypoint and snapshot.`, 'snapshot');
    return undefined;
  }
  if (keys.has('entrypoint')) return readEntrypoint(name, keys);
  if (keys.has('snapshot')) return { kind: 'snapshot', path: keys.text('snapshot') ?? '' };
  findings.error('missing-key', `Unsupported container ${name}: ${quoted(entry)}`, keys.pointer);
  return undefined;
}

function readEntrypoint(name: string, keys: KeyReader): ContainerKind {
  const branch = keys.text('branch');
  const url = keys.text('git');
  const path = keys.text('entrypoint') ?? '';
  const git = url === undefined || branch === undefined ? null : { url, branch };
  if (url !== undefined && !keys.has('branch'))
    keys.find('missing-key', `In container ${name}, git entry requires a branch/tag: ${url}`, 'git');
  if (git !== null && path.startsWith('/'))
    keys.find(
      'invalid-value',
      `In container ${name}, git entry requires a relative path: ${path}`,
      'entrypoint',
    );
  return { kind: 'entrypoint', path, git };
}
