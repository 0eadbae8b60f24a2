// SPDX-License-Identifier: Apache-2.0
import { constants } from 'node:fs';
import { chmod, chown, copyFile, mkdir, open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { ArtifactStore } from '@fairlead/artifacts';
import { err, ok, type Result } from '@fairlead/base';
import type { StepFailure } from '@fairlead/engine';
import { isRelativePath, type JobConfig, type JobUnit } from '@fairlead/target';
import { dataFile, hasSecretData } from './fill-configs.ts';
import { configFolder, configsFolder } from './layout.ts';
import type { RunAs } from './privileges.ts';

/**
 * Writes every config of every member below the folder of a version to be. What is in them is for the unit's own user alone. Data with
 * secrets in it is left for the start of the unit.
 */
export async function stageConfigs(
  unit: JobUnit,
  version: string,
  owner: RunAs | null,
  artifacts: ArtifactStore,
  signal: AbortSignal,
): Promise<Result<void, StepFailure>> {
  const folder = configsFolder(version, unit.chroot);
  await mkdir(folder, { recursive: true });
  await chmod(folder, 0o700);
  if (owner !== null) await chown(folder, owner.uid, owner.gid);
  for (const member of unit.members) {
    await mkdir(join(folder, member.name));
    for (const config of member.configs) {
      const its = configFolder(folder, member.name, config.name);
      const staged = await stageConfig(config, its, artifacts, signal);
      if (!staged.ok) return staged;
    }
  }
  return ok();
}

async function stageConfig(
  config: JobConfig,
  folder: string,
  artifacts: ArtifactStore,
  signal: AbortSignal,
): Promise<Result<void, StepFailure>> {
  await mkdir(folder, { recursive: true });
  const data = decodeData(config);
  if (!data.ok) return data;
  if (data.value !== null && !hasSecretData(config)) await writeDurably(join(folder, dataFile), data.value);
  for (const file of config.files) {
    // The parser of the target state refuses such paths; nothing is joined to a folder on its word alone.
    if (!isRelativePath(file.path) || (config.data !== null && file.path.split('/')[0] === dataFile)) {
      return err({
        code: 'config-invalid',
        message: `config '${config.name}': '${file.path}' is no path for a file of it`,
      });
    }
    const fetched = await artifacts.fetch(file, signal);
    if (!fetched.ok) return fetched;
    const path = join(folder, file.path);
    await mkdir(dirname(path), { recursive: true });
    // A copy, not a second name: what the job writes into it must not reach the store.
    await copyFile(fetched.value, path, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
    await chmod(path, 0o644);
    await syncFile(path);
  }
  return ok();
}

/** The inline data as bytes; base64 is taken strictly, so that a slip in it is an error and not other bytes. */
export function decodeData(config: JobConfig): Result<Buffer | null, StepFailure> {
  if (config.data === null) return ok(null);
  if (config.encoding === 'utf8') return ok(Buffer.from(config.data, 'utf8'));
  const text = config.data.replace(/[\r\n\t ]/g, '');
  if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) {
    return err({ code: 'config-invalid', message: `config '${config.name}': its data is no base64` });
  }
  return ok(Buffer.from(text, 'base64'));
}

async function writeDurably(path: string, bytes: Uint8Array): Promise<void> {
  const file = await open(path, 'wx', 0o644);
  try {
    await file.chmod(0o644);
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function syncFile(path: string): Promise<void> {
  const file = await open(path, 'r');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}
