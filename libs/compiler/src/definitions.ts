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
}

/** The same name twice is fine where both say the same, and an error with both places otherwise. */
export function mergeRunningConfigs(
  files: readonly Loaded<RunningConfig>[],
  findings: Findings,
): Definitions {
  const collect = <T>(
    section: 'jobs' | 'templates' | 'images' | 'configs',
    what: (entry: T) => string,
    keyOf: (entry: T) => string,
  ) =>
    merge(
      files.flatMap((file) => entriesOf<T>(file, section)),
      what,
      keyOf,
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
  };
}

function entriesOf<T>(
  { file, value }: Loaded<RunningConfig>,
  section: 'jobs' | 'templates' | 'images' | 'configs',
): readonly Definition<T>[] {
  const entries = (value[section] ?? []) as readonly unknown[];
  return entries.map((entry, index) => ({ file, pointer: join('', section, index), value: entry as T }));
}

function merge<T>(
  definitions: readonly Definition<T>[],
  what: (entry: T) => string,
  keyOf: (entry: T) => string,
  findings: Findings,
): ReadonlyMap<string, Definition<T>> {
  const merged = new Map<string, Definition<T>>();
  for (const definition of definitions) {
    const key = keyOf(definition.value);
    const first = merged.get(key);
    if (first === undefined) merged.set(key, definition);
    else if (!isDeepStrictEqual(first.value, definition.value)) {
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
    jobs: mapped(definitions.jobs),
    templates: mapped(definitions.templates),
    images: mapped(definitions.images),
    configs: new Map([...definitions.configs].map(([job, configs]) => [job, mapped(configs)])),
  };
}
