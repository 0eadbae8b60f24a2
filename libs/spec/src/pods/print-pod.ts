// SPDX-License-Identifier: Apache-2.0
import { formatDuration } from '@fairlead/base';
import type { HealthCheck, HealthProbe } from '@fairlead/target';
import { tokensOf } from '../diagnostic.ts';
import { podSchemaUrl } from '../schemas/pod-schema.ts';
import { formatArtemisDuration } from './artemis-duration.ts';
import { artemisSchemaUrl } from './dialect.ts';
import type {
  ContainerKind,
  GpioTrigger,
  OpenText,
  PodConnection,
  PodContainer,
  PodSpec,
} from './pod-spec.ts';

type JsonObject = Readonly<Record<string, unknown>>;

/** The specification as one file without bases that says everything, defaults included: reading it gives the same. */
export function printPod(pod: PodSpec): JsonObject {
  const printed = {
    $schema: pod.dialect === 'artemis' ? artemisSchemaUrl : podSchemaUrl,
    name: pod.name,
    ...pod.foreign,
    'max-offline': formatArtemisDuration(pod.maxOfflineSeconds ?? 0),
    connections: pod.connections.map(connectionText),
    containers: Object.fromEntries(
      pod.containers.map((container) => [container.name, containerText(container, pod)]),
    ),
    ...(pod.dialect === 'artemis'
      ? {}
      : {
          'running-config': pod.runningConfigs.map(({ path }) => path),
          'remove-containers': pod.removeContainers,
        }),
  };
  pod.open.forEach((open) => {
    reopen(printed, open);
  });
  return printed;
}

function containerText(container: PodContainer, { dialect }: PodSpec): JsonObject {
  const { triggers, gpio, critical, resources, health } = container;
  const started = [
    ...(triggers.boot ? ['boot'] : []),
    ...(triggers.install ? ['install'] : []),
    ...(triggers.intervalSeconds === null
      ? []
      : [{ interval: formatArtemisDuration(triggers.intervalSeconds) }]),
    ...(gpio.length === 0 ? [] : [{ gpio: gpio.map(gpioText) }]),
  ];
  return {
    ...kindText(container.kind),
    ...container.foreign,
    arguments: container.arguments,
    ...(critical ? {} : { triggers: started }),
    runlevel: container.runlevel,
    background: container.background,
    critical,
    ...(dialect === 'artemis'
      ? {}
      : {
          requires: container.requires,
          resources: present({
            memory: resources.memoryBytes,
            cpus: resources.milliCpus === null ? null : resources.milliCpus / 1_000,
            pids: resources.pids,
          }),
          ...(health === null ? {} : { health: healthText(health) }),
        }),
  };
}

function kindText(kind: ContainerKind): JsonObject {
  switch (kind.kind) {
    case 'entrypoint':
      return {
        entrypoint: kind.path,
        ...(kind.git === null ? {} : { git: kind.git.url, branch: kind.git.branch }),
      };
    case 'snapshot':
      return { snapshot: kind.path };
    case 'image':
      return {
        image: kind.image,
        settings: kind.settings,
        'required-tags': kind.requiredTags,
        'purge-data': kind.purgeData,
        update: kind.update,
      };
    case 'firmware':
      return { firmware: kind.path, ...present({ processor: kind.processor }), recovery: kind.recovery };
  }
}

function gpioText({ pin, on }: GpioTrigger): JsonObject {
  return on === 'touch' ? { pin, touch: true } : { pin, level: on };
}

function healthText(health: HealthCheck): JsonObject {
  const { windowMs } = health;
  return {
    ...probeText(health.probe),
    interval: formatDuration(health.intervalMs),
    timeout: formatDuration(health.timeoutMs),
    retries: health.retries,
    'start-period': formatDuration(health.startPeriodMs),
    ...(windowMs === null ? {} : { window: formatDuration(windowMs) }),
  };
}

function probeText(probe: HealthProbe): JsonObject {
  switch (probe.kind) {
    case 'command':
      return { command: probe.command };
    case 'http':
      return { http: probe.url };
    case 'tcp':
      return { tcp: `${probe.host.includes(':') ? `[${probe.host}]` : probe.host}:${String(probe.port)}` };
    case 'rpmsg':
      return { rpmsg: probe.endpoint };
  }
}

function connectionText(connection: PodConnection): JsonObject {
  switch (connection.type) {
    case 'wifi':
      return {
        type: connection.type,
        ...(connection.network === 'provisioned' ? { config: connection.network } : connection.network),
      };
    case 'ethernet':
    case 'cellular':
      return { ...connection };
  }
}

/** Without what is null. */
function present(values: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== null));
}

/** Puts back a text that a variable leaves open, in the place of what stands in for it. */
function reopen(printed: JsonObject, { pointer, text }: OpenText): void {
  const tokens = tokensOf(pointer);
  const last = tokens.at(-1) ?? '';
  const holder = tokens
    .slice(0, -1)
    .reduce<unknown>((value, token) => Reflect.get(value as object, token), printed);
  Reflect.set(holder as object, last, text);
}
