// SPDX-License-Identifier: Apache-2.0
import type { ContainerLog, ContainerRestart } from '../container-settings.ts';
import type { DesiredComponent, KeyValue } from './desired-state.ts';
import { printExtraHost } from './extra-host.ts';
import { printDevice, printMount } from './files.ts';
import type { KantoContainer } from './parse-component.ts';
import { printBytes } from './plain-values.ts';
import { printPort } from './port.ts';

/** The component with every default written out, in the order of Kanto's inventories: `parseComponent` reads it back to the same. */
export function printComponent(container: KantoContainer): DesiredComponent {
  const { name, version, image, settings, resources } = container;
  const one = (key: string, value: string | boolean | number | null): readonly KeyValue[] =>
    value === null ? [] : [{ key, value: String(value) }];
  const each = <T>(key: string, items: readonly T[], print: (item: T) => string): readonly KeyValue[] =>
    items.map((item) => ({ key, value: print(item) }));
  const bytes = (key: string, value: number | 'unlimited' | null): readonly KeyValue[] =>
    one(key, typeof value === 'number' ? printBytes(value) : value === null ? null : '-1');
  return {
    id: name,
    version,
    config: [
      ...one('image', image),
      ...one('terminal', settings.tty),
      ...one('interactive', settings.stdin),
      ...one('privileged', settings.privileged),
      ...restartConfig(settings.restart),
      ...each('device', settings.devices, printDevice),
      ...each('port', settings.ports, printPort),
      ...one('network', settings.network.kind),
      ...each('host', settings.extraHosts, printExtraHost),
      ...logConfig(settings.log),
      ...bytes('memory', resources.memoryBytes),
      ...bytes('memoryReservation', settings.memoryReservationBytes),
      ...bytes('memorySwap', settings.swapBytes),
      ...each('mount', settings.mounts, printMount),
      ...each('env', Object.entries(settings.env), ([variable, value]) =>
        value === null ? variable : `${variable}=${value}`,
      ),
      ...each('cmd', settings.command ?? [], (argument) => argument),
    ],
  };
}

function restartConfig(restart: ContainerRestart): readonly KeyValue[] {
  const { limit, maxPauseMs } = restart.kind === 'on-failure' ? restart : { limit: 0, maxPauseMs: null };
  return [
    { key: 'restartPolicy', value: restart.kind },
    { key: 'restartMaxRetries', value: String(limit) },
    { key: 'restartTimeout', value: String(Math.ceil((maxPauseMs ?? 0) / 1_000)) },
  ];
}

function logConfig(log: ContainerLog): readonly KeyValue[] {
  if (log.kind !== 'files') return [{ key: 'logDriver', value: log.kind }];
  const { files, fileBytes, folder, bufferBytes } = log;
  return [
    { key: 'logDriver', value: 'json-file' },
    { key: 'logMaxFiles', value: String(files) },
    { key: 'logMaxSize', value: printBytes(fileBytes) },
    ...(folder === null ? [] : [{ key: 'logPath', value: folder }]),
    { key: 'logMode', value: bufferBytes === null ? 'blocking' : 'non-blocking' },
    ...(bufferBytes === null ? [] : [{ key: 'logMaxBufferSize', value: printBytes(bufferBytes) }]),
  ];
}
