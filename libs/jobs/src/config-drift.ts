// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto';
import { createReadStream, statSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { unfinishedPrefix, type ArtifactStore } from '@fairlead/artifacts';
import { digestFromHex, digestHex, sha256, type Digest } from '@fairlead/base';
import type { JobUnit } from '@fairlead/target';
import { configFolder, configsFolder, type Layout } from './layout.ts';
import { privilegesOf } from './privileges.ts';
import { dataFile, decodeData, stageConfigs } from './stage-configs.ts';

/** Compares the config files of a version with what was staged, and writes anew what differs. */
export interface ConfigDrift {
  /** Paths below the version's config folder that differ. */
  find(unit: JobUnit, version: Digest): Promise<readonly string[]>;
  /** Puts all config files of a version back; false: something that it needs could not be fetched. */
  repair(unit: JobUnit, version: Digest, signal: AbortSignal): Promise<boolean>;
}

export function createConfigDrift(layout: Layout, artifacts: ArtifactStore): ConfigDrift {
  /** Digests of files by what stat says of them, so that a file is read again only when it was touched. */
  const seen = new Map<string, { readonly mark: string; readonly digest: Digest }>();

  const digestOf = async (path: string): Promise<Digest | null> => {
    const found = statSync(path, { throwIfNoEntry: false });
    if (found?.isFile() !== true) return null;
    const mark = [found.ino, found.size, found.mtimeMs, found.ctimeMs].join(' ');
    const known = seen.get(path);
    if (known?.mark === mark) return known.digest;
    const hash = createHash('sha256');
    for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
    const digest = digestFromHex(hash.digest('hex'));
    seen.set(path, { mark, digest });
    return digest;
  };

  return {
    async find(unit, version) {
      const folder = layout.version(unit.name, version);
      const differing: string[] = [];
      for (const [path, digest] of expectedFiles(unit, folder)) {
        if ((await digestOf(path)) !== digest)
          differing.push(path.slice(configsFolder(folder, unit.chroot).length + 1));
      }
      return differing;
    },
    async repair(unit, version, signal) {
      const folder = layout.version(unit.name, version);
      const beside = join(layout.versions(unit.name), `${unfinishedPrefix}repair-${digestHex(version)}`);
      await rm(beside, { recursive: true, force: true });
      const owner = await privilegesOf(unit);
      if (!owner.ok) return false;
      const staged = await stageConfigs(unit, beside, owner.value, artifacts, signal);
      if (staged.ok) {
        const configs = configsFolder(folder, unit.chroot);
        await rm(configs, { recursive: true, force: true });
        await rename(configsFolder(beside, unit.chroot), configs);
      }
      await rm(beside, { recursive: true, force: true });
      return staged.ok;
    },
  };
}

function expectedFiles(unit: JobUnit, version: string): ReadonlyMap<string, Digest> {
  const files = new Map<string, Digest>();
  for (const member of unit.members) {
    for (const config of member.configs) {
      const folder = configFolder(configsFolder(version, unit.chroot), member.name, config.name);
      const data = decodeData(config);
      if (data.ok && data.value !== null) files.set(join(folder, dataFile), sha256(data.value));
      for (const file of config.files) files.set(join(folder, file.path), file.digest);
    }
  }
  return files;
}
