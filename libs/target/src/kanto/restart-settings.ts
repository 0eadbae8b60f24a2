// SPDX-License-Identifier: Apache-2.0
import type { ContainerRestart } from '../container-settings.ts';
import type { ConfigReader } from './config-reader.ts';
import { parseCount } from './plain-values.ts';
import { oneOf } from './words.ts';

const parsePolicy = oneOf('no', 'always', 'unless-stopped', 'on-failure');

/** Retries and their pause belong to on-failure; 0, which is what they are without it, is no contradiction. */
export function readRestart(reader: ConfigReader): ContainerRestart {
  const kind = reader.one('restartPolicy', parsePolicy)?.value ?? 'unless-stopped';
  const retries = reader.one('restartMaxRetries', parseCount);
  const timeout = reader.one('restartTimeout', parseCount);
  if (kind === 'on-failure') {
    const seconds = timeout?.value ?? 0;
    return { kind, limit: retries?.value ?? 0, maxPauseMs: seconds === 0 ? null : seconds * 1_000 };
  }
  for (const entry of [retries, timeout]) {
    if (entry === undefined || entry.value === 0) continue;
    reader.refuse(entry, {
      code: 'conflicting-settings',
      message: `restartMaxRetries and restartTimeout say nothing with the restartPolicy ${kind}`,
      hint: 'Set restartPolicy to on-failure, or remove this entry.',
    });
  }
  return { kind };
}
