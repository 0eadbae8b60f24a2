// SPDX-License-Identifier: Apache-2.0

/** Keys of a container's config; those that are a list may stand several times, of the others the last counts. */
export const componentKeys = {
  image: 'one',
  terminal: 'one',
  interactive: 'one',
  privileged: 'one',
  restartPolicy: 'one',
  restartMaxRetries: 'one',
  restartTimeout: 'one',
  device: 'list',
  port: 'list',
  network: 'one',
  host: 'list',
  mount: 'list',
  env: 'list',
  cmd: 'list',
  logDriver: 'one',
  logMaxFiles: 'one',
  logMaxSize: 'one',
  logPath: 'one',
  logMode: 'one',
  logMaxBufferSize: 'one',
  memory: 'one',
  memorySwap: 'one',
  memoryReservation: 'one',
} as const satisfies Readonly<Record<string, 'one' | 'list'>>;

export type ComponentKey = keyof typeof componentKeys;

/** True for a key of which only the last entry counts. */
export function isSingleKey(key: string): boolean {
  return isComponentKey(key) && componentKeys[key] === 'one';
}

/** What an inventory reports of a container beside these, and what Kanto leaves unread in a desired state. */
export const reportedKeys: ReadonlySet<string> = new Set([
  'hostName',
  'domainName',
  'status',
  'finishedAt',
  'exitCode',
  'created',
  'restartCount',
  'manuallyStopped',
  'startedSuccessfullyBefore',
]);

export function isComponentKey(key: string): key is ComponentKey {
  return Object.hasOwn(componentKeys, key);
}
