// SPDX-License-Identifier: Apache-2.0

/**
 * Most bytes of a file: `devices.json` and its shards list a fleet, the lock holds all its pods, firmware is built, and all others are
 * written by people.
 */
export const sizeLimits = {
  devices: 16 * 2 ** 20,
  lock: 16 * 2 ** 20,
  firmware: 64 * 2 ** 20,
  other: 2 ** 20,
} as const;

/** What every mutable reference of the commit means. */
export const lockPath = 'fleet.lock.json';

/** True for the files that list devices. */
export function isDevicesPath(path: string): boolean {
  return path === 'devices.json' || (path.startsWith('devices/') && path.endsWith('.json'));
}

/** True for the files that are read as running configs even where no group names them. */
export function isRunningPath(path: string): boolean {
  return path.startsWith('running/') && path.endsWith('.json');
}

/** True for the files that are read as pod specifications even where no group names them. */
export function isPodPath(path: string): boolean {
  return path.startsWith('pods/') && /\.(?:ya?ml|json)$/.test(path);
}

/**
 * A path that a file names, as the repository lists it, or undefined where it would leave the repository: absolute, with `..`, with
 * a backslash, or empty.
 */
export function repositoryPath(named: string): string | undefined {
  const path = named.replace(/^(?:\.\/)+/, '');
  const safe =
    path !== '' &&
    !/[\\\0]/.test(path) &&
    path.split('/').every((part) => part !== '' && part !== '.' && part !== '..');
  return safe ? path : undefined;
}

/** True for the files that are read as YAML; the others are JSON. */
export function isYamlPath(path: string): boolean {
  return path.endsWith('.yaml') || path.endsWith('.yml');
}
