// SPDX-License-Identifier: Apache-2.0
import {
  parseContentFile,
  parseDesiredState,
  parseDevicesFile,
  parseFleetFile,
  parseHistoryFile,
  parseLockFile,
  parseRunningConfig,
  sizeLimits,
} from '@fairlead/spec';

export const fleetKind = { kind: 'fleet', maxBytes: sizeLimits.other, parse: parseFleetFile } as const;
export const devicesKind = {
  kind: 'devices',
  maxBytes: sizeLimits.devices,
  parse: parseDevicesFile,
} as const;
export const runningKind = {
  kind: 'running',
  maxBytes: sizeLimits.other,
  parse: parseRunningConfig,
} as const;
export const desiredStateKind = {
  kind: 'desired-state',
  maxBytes: sizeLimits.other,
  parse: parseDesiredState,
} as const;
export const historyKind = { kind: 'history', maxBytes: sizeLimits.other, parse: parseHistoryFile } as const;
export const lockKind = { kind: 'lock', maxBytes: sizeLimits.lock, parse: parseLockFile } as const;
export const firmwareKind = {
  kind: 'firmware',
  maxBytes: sizeLimits.firmware,
  parse: parseContentFile,
} as const;
