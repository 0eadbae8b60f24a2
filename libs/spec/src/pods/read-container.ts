// SPDX-License-Identifier: Apache-2.0
import { parseSize } from '@fairlead/base';
import type { Resources, Triggers } from '@fairlead/target';
import { distinct, indexed } from '../indexed.ts';
import type { ContainerEntry, ResourcesEntry, TriggerEntry } from '../schemas/pod-schema.ts';
import { durationOfKey } from './artemis-duration.ts';
import type { OpenTexts } from './open-texts.ts';
import { podDefaults, type ContainerKind, type PodContainer } from './pod-spec.ts';
import { readHealth } from './read-health.ts';
import type { Origin } from './spec-node.ts';

/** A container of our dialect that has the form, with its defaults. */
export function readContainer(
  { name, origin }: { readonly name: string; readonly origin: Origin },
  entry: ContainerEntry,
  texts: OpenTexts,
): PodContainer {
  const critical = entry.critical ?? false;
  return {
    name,
    origin,
    kind: kindOf(entry, texts),
    arguments: indexed(entry.arguments).map(({ item }) => item),
    requires: distinct(entry.requires),
    triggers: critical ? podDefaults.noTriggers : triggersOf(entry.triggers, texts.below('triggers')),
    gpio: [],
    runlevel: runlevelOf(entry.runlevel, critical, texts),
    background: entry.background ?? false,
    critical,
    resources: resourcesOf(entry.resources ?? {}, texts.below('resources')),
    health: entry.health === undefined ? null : readHealth(entry.health, texts.below('health')),
    foreign: {},
  };
}

function kindOf(entry: ContainerEntry, texts: OpenTexts): ContainerKind {
  const { entrypoint, git, branch, snapshot, image, firmware } = entry;
  if (entrypoint !== undefined) {
    const source = git === undefined || branch === undefined ? null : { url: git, branch };
    return { kind: 'entrypoint', path: entrypoint, git: source };
  }
  if (snapshot !== undefined) return { kind: 'snapshot', path: snapshot };
  if (image !== undefined) {
    return {
      kind: 'image',
      image,
      update: texts.read('update', entry.update, oneOf(updates), podDefaults.update),
      requiredTags: distinct(entry['required-tags']),
      purgeData: entry['purge-data'] ?? false,
      settings: entry.settings ?? {},
    };
  }
  return {
    kind: 'firmware',
    path: firmware ?? '',
    processor: entry.processor ?? null,
    recovery: texts.read('recovery', entry.recovery, oneOf(recoveries), podDefaults.recovery),
  };
}

const updates = ['download-then-kill', 'kill-then-download', 'hand-over'] as const;
const recoveries = ['disabled', 'enabled'] as const;

function oneOf<T extends string>(values: readonly T[]): (text: string) => T | undefined {
  return (text) => values.find((value) => value === text);
}

/** Printed in the order boot, install, interval, whatever the order here. */
function triggersOf(entries: readonly TriggerEntry[] | undefined, texts: OpenTexts): Triggers {
  if (entries === undefined) return podDefaults.triggers;
  const words = entries.filter((entry) => typeof entry === 'string');
  const timed = entries.findIndex((entry) => typeof entry === 'object');
  const entry = entries[timed];
  return {
    boot: words.includes('boot'),
    install: words.includes('install'),
    intervalSeconds:
      typeof entry === 'object'
        ? texts.below(timed, words.length).read('interval', entry.interval, durationOfKey, 0)
        : null,
  };
}

const runlevels = { critical: 1, priority: 2, normal: 3 } as const;

function runlevelOf(written: ContainerEntry['runlevel'], critical: boolean, texts: OpenTexts): 1 | 2 | 3 {
  if (written === 1 || written === 2 || written === 3) return written;
  const named = (text: string): 1 | 2 | 3 | undefined =>
    Object.hasOwn(runlevels, text) ? runlevels[text as keyof typeof runlevels] : undefined;
  return texts.read('runlevel', written === undefined ? written : String(written), named, critical ? 1 : 3);
}

function resourcesOf({ memory, cpus, pids }: ResourcesEntry, texts: OpenTexts): Resources {
  const milli = (text: string): number | undefined =>
    Number.isFinite(Number(text)) ? Math.round(Number(text) * 1_000) : undefined;
  const bytes = (text: string): number | undefined => {
    const size = parseSize(text);
    return size.ok ? size.value : undefined;
  };
  const written = (value: string | number | undefined): string | undefined =>
    value === undefined ? undefined : String(value);
  return {
    memoryBytes: texts.read<number | null>('memory', written(memory), bytes, null),
    milliCpus: texts.read<number | null>('cpus', written(cpus), milli, null),
    pids: pids ?? null,
  };
}
