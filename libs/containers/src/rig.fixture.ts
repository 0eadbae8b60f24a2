// SPDX-License-Identifier: Apache-2.0
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLogger } from '@fairlead/base';
import { noSecrets, type Domain, type SecretSource } from '@fairlead/engine';
import { containerUnit, unitDigest, type ContainerUnit } from '@fairlead/target';
import {
  startContainerEngine,
  systemClock,
  type ContainerEngine,
  type EngineImage,
  type EngineName,
} from '@fairlead/testing';
import { createContainersDomain, type ContainersDomainOptions } from './domain.ts';
import type { DriverSettings } from './settings.ts';

export const engineNames: readonly EngineName[] = ['docker', 'podman'];

/** Waits of seconds become ones that a test can bear; what they bound stays the same. */
const quickSettings: Partial<DriverSettings> = {
  graceMs: 1_000,
  healthWindowMs: 300,
  deadlineMs: 20_000,
  pollMs: 100,
};

/** A device as the driver sees it. */
export interface RigDevice {
  /** A driver over the same folder at each call. */
  open(changes?: Partial<ContainersDomainOptions>): Domain<ContainerUnit>;
  /** Removes all that is the device's, and its folder. */
  dispose(): Promise<void>;
}

export interface Rig {
  readonly engine: ContainerEngine;
  /** An image whose command sleeps. */
  readonly image: EngineImage;
  device(secrets?: SecretSource): Promise<RigDevice>;
  unit(name: string, command: readonly string[] | null, fields?: Partial<ContainerUnit>): ContainerUnit;
  close(): Promise<void>;
}

export async function createRig(name: EngineName): Promise<Rig> {
  const engine = await startContainerEngine(name);
  const image = await engine.push('app', ['sleep', '1000']);
  return {
    engine,
    image,
    async device(secrets = noSecrets) {
      const dir = await mkdtemp(join(tmpdir(), 'fairlead-containers-'));
      const owner = randomUUID();
      return {
        open: (changes = {}) =>
          createContainersDomain({
            engine: engine.socket,
            dir: join(dir, 'containers'),
            owner,
            bootId: 'boot-1',
            clock: systemClock,
            logger: silentLogger,
            secrets,
            settings: quickSettings,
            ...changes,
          }),
        async dispose() {
          const label = `dev.fairlead.owner=${owner}`;
          const filters = encodeURIComponent(JSON.stringify({ label: [label] }));
          const own = await engine.ask('GET', `/containers/json?all=1&filters=${filters}`);
          for (const { Id } of own as readonly { readonly Id: string }[])
            await engine.ask('DELETE', `/containers/${Id}?force=1&v=1`);
          await rm(dir, { recursive: true, force: true });
        },
      };
    },
    unit: (unit, command, fields = {}) => containerUnit({ name: unit, image, command, ...fields }),
    close: () => engine.close(),
  };
}

/** Stage, stop, switch, activate, as the engine goes about it; what fails throws. */
export async function bring(domain: Domain<ContainerUnit>, unit: ContainerUnit): Promise<void> {
  const { signal } = new AbortController();
  for (const step of [
    () => domain.stage(unit, signal),
    () => domain.stopUnit(unit.name, signal),
    () => domain.switchUnit(unit.name, unitDigest(unit), signal),
    () => domain.activate(unit, signal),
  ]) {
    const done = await step();
    if (!done.ok) throw new Error(`${done.error.code}: ${done.error.message}`);
  }
}
