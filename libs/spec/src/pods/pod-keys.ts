// SPDX-License-Identifier: Apache-2.0
import type { KeyRefusal } from '../check-shape.ts';

/** Keys of Artemis's specifications that have no place in ours, and what to do about them. */
const ofArtemis: Readonly<Record<string, string>> = {
  version: 'Remove it: $schema says the version.',
  'sdk-version': 'Remove it: a program runs on what the device has, and the agent is updated by itself.',
  'artemis-version': 'Remove it: which agent a device has is not said in its pod.',
  'firmware-envelope':
    "Remove it: a pod brings no operating system. Firmware of an auxiliary core is a container with 'firmware'.",
  partitions: 'Remove it: a pod brings no operating system, and does not divide the storage.',
  chip: "Remove it: which processor firmware is for, its container says with 'processor'.",
};

const ofArtemisContainers: Readonly<Record<string, string>> = {
  'compile-flags': "Remove it: 'fairlead pod build' knows how to build a program.",
  defines: "Remove it, and give the values in 'arguments', or in a config of a running config.",
  interval: "Write it as a trigger: 'triggers: [{interval: 20s}]'.",
  boot: "Write it as a trigger: 'triggers: [boot]'.",
  install: "Write it as a trigger: 'triggers: [install]'.",
};

/** What is said of keys that people bring from elsewhere, or write in the wrong place. */
export const refuseKey: KeyRefusal = (pointer, key) => {
  const [, list, , part] = pointer.split('/');
  const inContainers = list === 'containers' || list === 'apps';
  const depth = pointer.split('/').length - 1;
  if (depth === 0) return told(key, ofArtemis[key]);
  if (inContainers && depth === 2) return key === 'gpio' ? noPins : told(key, ofArtemisContainers[key]);
  if (!inContainers || part !== 'triggers' || depth !== 4) return undefined;
  if (key === 'gpio') return { ...noPins, instead: 'interval' };
  if (key !== 'boot' && key !== 'install') return undefined;
  return { ...unknown(key), hint: `Write it as a text: '- ${key}'.`, instead: 'interval' };
};

const noPins = {
  code: 'trigger-unsupported',
  message: 'gpio triggers have no driver on this device',
  hint: "Use boot, install or interval; a program of its own can watch the pin, in a container with 'critical: true'.",
} as const;

function unknown(key: string): { readonly code: 'unknown-key'; readonly message: string } {
  return { code: 'unknown-key', message: `the key '${key}' is not known here` };
}

function told(key: string, hint: string | undefined): ReturnType<KeyRefusal> {
  return hint === undefined || !Object.hasOwn({ ...ofArtemis, ...ofArtemisContainers }, key)
    ? undefined
    : { ...unknown(key), hint };
}
