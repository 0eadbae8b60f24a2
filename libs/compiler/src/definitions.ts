// SPDX-License-Identifier: Apache-2.0
import {
  join,
  type ConfigEntry,
  type ImageEntry,
  type JobEntry,
  type RunningConfig,
  type TemplateEntry,
} from '@fairlead/spec';
import type { Findings, Source } from './findings.ts';
import type { Loaded } from './loader.ts';
import { isDeepStrictEqual } from 'node:util';

/** Running configs that are one, and whether they are all that a group names. */
export interface ConfigSet {
  readonly files: readonly Loaded<RunningConfig>[];
  /** False where something else belongs to them that cannot be read, or is not known. */
  readonly complete: boolean;
}

type Section = 'jobs' | 'templates' | 'images' | 'configs';

/** One entry of a running config, and where it stands. */
export interface Definition<T> extends Source {
  readonly value: T;
}

/** All running configs of a group as one. */
export interface Definitions {
  readonly jobs: ReadonlyMap<string, Definition<JobEntry>>;
  readonly templates: ReadonlyMap<string, Definition<TemplateEntry>>;
  /** By job. */
  readonly images: ReadonlyMap<string, Definition<ImageEntry>>;
  /** By job, then name. */
  readonly configs: ReadonlyMap<string, ReadonlyMap<string, Definition<ConfigEntry>>>;
  /** Sections with entries that could not be read: what seems to be missing may be one of them. */
  readonly gaps: ReadonlySet<Section>;
}

/** The same name twice is fine where both say the same, and an error with both places otherwise. */
export function mergeRunningConfigs({ files, complete }: ConfigSet, findings: Findings): Definitions {
  const isWhole = wholeIn(files);
  const collect = <T>(section: Section, what: (entry: T) => string, keyOf: (entry: T) => string) =>
    merge(
      files.flatMap((file) => entriesOf<T>(file, section)),
      what,
      keyOf,
      isWhole,
      findings,
    );
  const configs = collect<ConfigEntry>(
    'configs',
    ({ name, job }) => `config '${name}' of job '${job}'`,
    ({ name, job }) => JSON.stringify([job, name]),
  );
  const byJob = new Map<string, Map<string, Definition<ConfigEntry>>>();
  for (const config of configs.values()) {
    const { job, name } = config.value;
    byJob.set(job, (byJob.get(job) ?? new Map<string, Definition<ConfigEntry>>()).set(name, config));
  }
  return {
    jobs: collect<JobEntry>(
      'jobs',
      ({ job }) => `job '${job}'`,
      ({ job }) => job,
    ),
    templates: collect<TemplateEntry>(
      'templates',
      ({ name }) => `template '${name}'`,
      ({ name }) => name,
    ),
    images: collect<ImageEntry>(
      'images',
      ({ job }) => `image of job '${job}'`,
      ({ job }) => job,
    ),
    configs: byJob,
    gaps: gapsOf(files, complete),
  };
}

/** Places of what has no readable name of its own; jobs are also named by their composite. */
const unread: readonly (readonly [Section, RegExp])[] = [
  ['jobs', /^\/jobs(\/\d+(\/composite_id)?)?$/],
  ['templates', /^\/templates(\/\d+)?$/],
  ['images', /^\/images(\/\d+)?$/],
  ['configs', /^\/configs(\/\d+)?$/],
];

function gapsOf(files: readonly Loaded<RunningConfig>[], complete: boolean): ReadonlySet<Section> {
  const faulty = files.flatMap((file) => [...file.faulty]);
  return new Set(
    unread
      .filter(([, places]) => !complete || faulty.some((pointer) => places.test(pointer)))
      .map(([section]) => section),
  );
}

/** Tells whether nothing of an entry was left out when it was read. */
function wholeIn(files: readonly Loaded<RunningConfig>[]): (source: Source) => boolean {
  const faulty = files.flatMap((file) => [...file.faulty].map((pointer) => `${file.file} ${pointer}/`));
  return ({ file, pointer }) => !faulty.some((one) => one.startsWith(`${file} ${pointer}/`));
}

function entriesOf<T>({ file, value }: Loaded<RunningConfig>, section: Section): readonly Definition<T>[] {
  const entries = (value[section] ?? []) as readonly unknown[];
  return entries.flatMap((entry, index) => [{ file, pointer: join('', section, index), value: entry as T }]);
}

function merge<T>(
  definitions: readonly Definition<T>[],
  what: (entry: T) => string,
  keyOf: (entry: T) => string,
  isWhole: (source: Source) => boolean,
  findings: Findings,
): ReadonlyMap<string, Definition<T>> {
  const merged = new Map<string, Definition<T>>();
  for (const definition of definitions) {
    const key = keyOf(definition.value);
    const first = merged.get(key);
    if (first === undefined) merged.set(key, definition);
    else if (!isDeepStrictEqual(first.value, definition.value) && isWhole(first) && isWhole(definition)) {
      findings.add(definition, '', {
        code: 'duplicate-definition',
        message: `the ${what(definition.value)} is defined twice with different content`,
        other: first,
      });
    }
  }
  return merged;
}

/** The definitions with `change` applied to every entry; places stay. */
export function mapDefinitions(definitions: Definitions, change: <T>(value: T) => T): Definitions {
  const mapped = <T>(entries: ReadonlyMap<string, Definition<T>>): ReadonlyMap<string, Definition<T>> =>
    new Map([...entries].map(([key, entry]) => [key, { ...entry, value: change(entry.value) }]));
  return {
    ...definitions,
    jobs: mapped(definitions.jobs),
    templates: mapped(definitions.templates),
    images: mapped(definitions.images),
    configs: new Map([...definitions.configs].map(([job, configs]) => [job, mapped(configs)])),
  };
}
