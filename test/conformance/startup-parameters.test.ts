// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  parseStartupParameters,
  type ContainerMount,
  type ContainerPort,
  type StartupParameters,
} from '@fairlead/target';
import { conformanceDir } from '@fairlead/testing';
import { describe, expect, it } from 'vitest';
import { deviations } from './deviations.ts';

interface Case {
  readonly key: string;
  readonly in: unknown;
  readonly out?: unknown;
  readonly error?: string;
}

const file = 'autopi/startup-parameters.json';
const cases = JSON.parse(readFileSync(join(conformanceDir() ?? '', file), 'utf8')) as readonly Case[];

/** What was read, in the words of Docker's library. */
const shown: Readonly<Record<string, (read: StartupParameters) => unknown>> = {
  environment: ({ settings }) => settings.env,
  restart_policy: ({ settings: { restart } }) => ({
    Name: restart.kind,
    MaximumRetryCount: restart.kind === 'on-failure' ? restart.limit : 0,
  }),
  binds: ({ settings }) => settings.mounts.map(bindText),
  volumes: ({ settings }) => settings.mounts.map(({ target }) => target),
  ports: ({ settings }) =>
    settings.exposed
      .toSorted((a, b) => a.port - b.port)
      .map(({ port, protocol }) => (protocol === 'tcp' ? port : [port, protocol])),
  port_bindings: ({ settings }) => Object.fromEntries(settings.ports.map(boundPort)),
  privileged: ({ settings }) => settings.privileged,
  network_mode: ({ settings }) => settings.network.kind,
  ulimits: ({ settings }) =>
    Object.entries(settings.ulimits).map(([Name, { soft, hard }]) => ({ Name, Soft: soft, Hard: hard })),
  user: ({ settings }) => Number(settings.user),
  working_dir: ({ settings }) => settings.workingDir,
  mem_limit: ({ resources }) => resources.memoryBytes,
};

function bindText({ source, target, readOnly }: ContainerMount): string {
  return `${source.kind === 'host' ? source.path : ''}:${target}${readOnly ? ':ro' : ''}`;
}

function boundPort({ hostAddress, hostPorts, port, protocol }: ContainerPort) {
  const onHost = hostPorts?.first ?? null;
  const key = protocol === 'tcp' ? String(port) : `${String(port)}/${protocol}`;
  const place = [hostAddress, ...(onHost === null ? [] : [onHost])];
  return [key, hostAddress === null ? onHost : place] as const;
}

describe("when a container is started with AutoPi's parameters", () => {
  it.each(cases)('$key is read from $in', ({ key, in: given, out, error }) => {
    const read = parseStartupParameters({ [key]: given });
    const deviation = deviations.find(({ of }) => of === `${file}: ${key} ${JSON.stringify(given)}`);
    if (deviation !== undefined) {
      expect(read.ok ? JSON.stringify(shown[key]?.(read.value)) : 'refused').toBe(deviation.here);
      if (!read.ok) expect(read.error[0]?.message).toContain(key);
    } else if (error !== undefined) {
      expect(read.ok ? shown[key]?.(read.value) : read.error.map(({ path }) => path[0])).toEqual([key]);
    } else {
      expect(read.ok ? shown[key]?.(read.value) : read.error).toEqual(out);
    }
  });

  it('knows every deviation by its case', () => {
    const known = new Set(cases.map(({ key, in: given }) => `${file}: ${key} ${JSON.stringify(given)}`));
    expect(deviations.filter(({ of }) => of.startsWith(file) && !known.has(of))).toEqual([]);
  });
});
