// SPDX-License-Identifier: Apache-2.0
import { sortedBy } from '@fairlead/base';
import type { ConfigEntry, JobEntry } from '@fairlead/spec';
import { isRelativePath, type JobConfig, type JobConfigFile } from '@fairlead/target';
import type { Definition } from '../definitions.ts';
import { inside, type Finding, type Findings, type Source } from '../findings.ts';
import type { LockView } from '../lock/lock-view.ts';
import { artifactOf } from './artifact.ts';

type Configs = ReadonlyMap<string, Definition<ConfigEntry>>;

/** Name of the config that a job uses: the one it names, else `default` where there is one. What is missing may be among the unread. */
export function configInUse(
  job: Definition<JobEntry>,
  configs: Configs,
  someUnread: boolean,
  findings: Findings,
): string | null {
  const { config = '', config_name: alias = '' } = job.value;
  if (config !== '' && alias !== '' && config !== alias) {
    findings.add(job, '/config_name', {
      code: 'conflicting-settings',
      message: `config_name '${alias}' is an alias of config, which says '${config}'`,
    });
  }
  const key = config === '' ? 'config_name' : 'config';
  const named = config === '' ? alias : config;
  if (named === '') return configs.has('default') ? 'default' : null;
  if (configs.has(named)) return named;
  if (someUnread) return null;
  findings.add(job, `/${key}`, {
    code: 'config-undefined',
    message: `job '${job.value.job}' has no config '${named}'`,
    ...hintFor(named, configs),
  });
  return null;
}

function hintFor(named: string, configs: Configs): Pick<Finding, 'hint' | 'suggest'> {
  if (/^\s*[[{]/.test(named))
    return { hint: 'This is the name of a config; put its text into data of an entry of configs.' };
  return { suggest: { written: named, among: () => configs.keys() } };
}

/** Configs of one job, by name. A config that cannot be delivered is left out, with findings. */
export function configsOf(
  configs: Configs,
  { job, used }: { readonly job: Source; readonly used: string | null },
  lock: LockView,
  findings: Findings,
): readonly JobConfig[] {
  for (const [name, config] of configs) {
    if (name !== used) {
      findings.add(config, '', {
        severity: 'warning',
        code: 'config-unused',
        message: `the config '${name}' is used by no job`,
        lacks: [inside(job, 'config'), inside(job, 'config_name')],
      });
    }
  }
  return sortedBy(
    [...configs.values()].map((config) => configOf(config, lock, findings)),
    ({ name }) => name,
  );
}

function configOf(config: Definition<ConfigEntry>, lock: LockView, findings: Findings): JobConfig {
  const { name, data, encoding } = config.value;
  if (encoding === 'base64' && data !== undefined && !isBase64(data)) {
    findings.add(config, '/data', { code: 'invalid-value', message: 'the data is no base64' });
  }
  return {
    name,
    data: data ?? null,
    encoding: encoding === 'base64' ? 'base64' : 'utf8',
    files: filesOf(config, lock, findings),
  };
}

/** As strict as the device; line breaks and blanks are allowed. */
function isBase64(text: string): boolean {
  const bare = text.replaceAll(/[\r\n\t ]/g, '');
  return bare.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(bare);
}

/** Where inline data goes, in the config's folder. */
const dataFile = 'data';

function filesOf(
  config: Definition<ConfigEntry>,
  lock: LockView,
  findings: Findings,
): readonly JobConfigFile[] {
  const { data, files = [] } = config.value;
  const folder = createFolder(data === undefined ? [] : [dataFile]);
  const placed = files.flatMap((entry, index) => {
    const source = inside(config, 'files', index);
    const path = destination(entry.dest_relative_path, source, findings);
    const artifact = artifactOf(entry, 'file', source, lock, findings);
    if (path === undefined || artifact === undefined) return [];
    if (folder.place(path)) return [{ ...artifact, path }];
    const message = `'${path}' is taken in the folder of this config`;
    findings.add(source, '/dest_relative_path', { code: 'duplicate-definition', message });
    return [];
  });
  return sortedBy(placed, ({ path }) => path);
}

/** Which paths can stand in one folder together: none twice, and none below a file. */
function createFolder(files: readonly string[]): { place(path: string): boolean } {
  const taken = new Map<string, 'file' | 'folder'>(files.map((path) => [path, 'file']));
  return {
    place(path) {
      const parts = path.split('/');
      const above = parts.slice(1).map((_, index) => parts.slice(0, index + 1).join('/'));
      if (taken.has(path) || above.some((folder) => taken.get(folder) === 'file')) return false;
      for (const folder of above) taken.set(folder, 'folder');
      taken.set(path, 'file');
      return true;
    },
  };
}

/** A leading `/` means the root of the job's config folder; nothing leaves that folder. */
function destination(written: string, source: Source, findings: Findings): string | undefined {
  const path = written.replace(/^\/+/, '');
  if (!isRelativePath(path)) {
    findings.add(source, '/dest_relative_path', {
      code: 'path-unsafe',
      message: `'${written}' is no path inside the config folder of the job`,
    });
    return undefined;
  }
  if (path !== written) {
    findings.add(source, '/dest_relative_path', {
      severity: 'warning',
      code: 'path-absolute',
      message: `'${written}' begins with /`,
    });
  }
  return path;
}
