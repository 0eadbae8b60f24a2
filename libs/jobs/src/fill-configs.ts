// SPDX-License-Identifier: Apache-2.0
import { chown, mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { replaceFile } from '@fairlead/artifacts';
import { ok, type Result } from '@fairlead/base';
import type { StepFailure } from '@fairlead/engine';
import type { JobConfig, JobUnit } from '@fairlead/target';
import { configFolder } from './layout.ts';
import type { RunAs } from './privileges.ts';
import { fillSecrets, namesSecrets } from './substitute.ts';
import type { UsedSecrets } from './used-secrets.ts';

/** Name of the file that holds a config's inline data, in the config's folder. */
export const dataFile = 'data';

/** Whether the data is known only once the secrets of the device are: it is written when the unit starts. */
export function hasSecretData({ data, encoding }: JobConfig): boolean {
  return data !== null && encoding === 'utf8' && namesSecrets(data);
}

/** Every data file that secrets stand in, by its path below `configs`, the folder of a version's configs. */
export function secretFiles(
  unit: JobUnit,
  configs: string,
  secrets: UsedSecrets,
): Result<ReadonlyMap<string, string>, StepFailure> {
  const files = new Map<string, string>();
  for (const member of unit.members) {
    for (const config of member.configs.filter(hasSecretData)) {
      const text = fillSecrets(config.data ?? '', secrets);
      if (!text.ok) return text;
      files.set(join(configFolder(configs, member.name, config.name), dataFile), text.value);
    }
  }
  return ok(files);
}

/** Writes them, for the unit's own user alone. */
export async function fillConfigs(files: ReadonlyMap<string, string>, owner: RunAs | null): Promise<void> {
  for (const [path, text] of files) {
    await mkdir(dirname(path), { recursive: true });
    await replaceFile(path, text, 0o600);
    if (owner !== null) await chown(path, owner.uid, owner.gid);
  }
}
