// SPDX-License-Identifier: Apache-2.0
import { parseDocument } from 'yaml';

type Entry = Readonly<Record<string, unknown>>;

interface DaemonFile {
  readonly jobs?: readonly Entry[] | null;
  readonly container_templates?: readonly Entry[] | null;
  readonly var_defs?: readonly { readonly key: string; readonly value: string | number }[] | null;
}

/** What a file of Maestro's daemon says of jobs, as a running config. */
export interface Adapted {
  readonly running: object;
  /** Its `var_defs`, as variables of a fleet. */
  readonly vars: Readonly<Record<string, string>>;
}

/**
 * The list of templates under our name, and each literal text of a config as a config object that the job names. Undefined: the file is
 * no YAML.
 */
export function adaptDaemonFile(text: string): Adapted | undefined {
  const document = parseDocument(text, { version: '1.1', uniqueKeys: false });
  if (document.errors.length > 0) return undefined;
  const { jobs, container_templates: templates, var_defs: vars } = document.toJS() as DaemonFile;
  const named = (jobs ?? []).map((job) => ({
    job,
    name: job['config_name'] ?? 'default',
    data: job['config'],
  }));
  return {
    running: {
      config: 'running',
      jobs: named.map(({ job, name, data }) => (data === undefined ? job : { ...job, config: name })),
      templates: templates ?? [],
      configs: named.flatMap(({ job, name, data }) =>
        data === undefined ? [] : [{ name, job: job['job'], data }],
      ),
    },
    vars: Object.fromEntries((vars ?? []).map(({ key, value }) => [key, String(value)])),
  };
}

/** The same with the names of its `var_defs` written as ours: what people do who move such a file. */
export function withVariables({ running, vars }: Adapted): object {
  const names = new Set(Object.keys(vars));
  const text = JSON.stringify(running).replaceAll(/\{\{(\w+)\}\}/g, (whole, name: string) =>
    names.has(name) ? `{{vars.${name}}}` : whole,
  );
  return JSON.parse(text) as object;
}
