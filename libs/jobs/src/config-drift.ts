// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto';
import { createReadStream, statSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { unfinishedPrefix, type ArtifactStore } from '@fairlead/artifacts';
import { digestFromHex, digestHex, ok, sha256, type Digest } from '@fairlead/base';
import type { SecretSource } from '@fairlead/engine';
import type { JobUnit } from '@fairlead/target';
import { dataFile, fillConfigs, hasSecretData, secretFiles } from './fill-configs.ts';
import { configFolder, configsFolder, type Layout } from './layout.ts';
import { usedSecrets } from './used-secrets.ts';
import { privilegesOf } from './privileges.ts';
import { decodeData, stageConfigs } from './stage-configs.ts';

/** Compares the config files of a version with what was staged, and writes anew what differs. */
export interface ConfigDrift {
  /** Paths below the version's config folder that differ. `started`: what is written at the start of the unit is looked at too. */
  find(unit: JobUnit, version: Digest, started: boolean): Promise<readonly string[]>;
  /** Puts all config files of a version back; false: something that it needs could not be fetched. */
  repair(unit: JobUnit, version: Digest, signal: AbortSignal): Promise<boolean>;
}

export function createConfigDrift(
  layout: Layout,
  artifacts: ArtifactStore,
  secrets: SecretSource,
): ConfigDrift {
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

  const filledFiles = (unit: JobUnit, version: string): readonly (readonly [string, Digest])[] => {
    const files = secretFiles(unit, configsFolder(version, unit.chroot), usedSecrets(secrets));
    return files.ok ? [...files.value].map(([path, text]) => [path, sha256(text)] as const) : [];
  };

  return {
    async find(unit, version, started) {
      const folder = layout.version(unit.name, version);
      const differing: string[] = [];
      const filled = started ? filledFiles(unit, folder) : [];
      for (const [path, digest] of [...expectedFiles(unit, folder), ...filled]) {
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
        const filled = secretFiles(unit, configsFolder(beside, unit.chroot), usedSecrets(secrets));
        if (filled.ok) await fillConfigs(filled.value, owner.value);
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
      const data = hasSecretData(config) ? ok(null) : decodeData(config);
      if (data.ok && data.value !== null) files.set(join(folder, dataFile), sha256(data.value));
      for (const file of config.files) files.set(join(folder, file.path), file.digest);
    }
  }
  return files;
}
