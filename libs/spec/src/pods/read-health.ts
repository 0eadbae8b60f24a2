// SPDX-License-Identifier: Apache-2.0
import { parseDuration } from '@fairlead/base';
import type { HealthCheck, HealthProbe } from '@fairlead/target';
import type { HealthEntry } from '../schemas/pod-schema.ts';
import type { OpenTexts } from './open-texts.ts';
import { podDefaults } from './pod-spec.ts';

/** A health check that has the form, with its defaults. */
export function readHealth(entry: HealthEntry, texts: OpenTexts): HealthCheck {
  const { health } = podDefaults;
  return {
    probe: probeOf(entry, texts),
    intervalMs: texts.read('interval', entry.interval, milliseconds, health.intervalMs),
    timeoutMs: texts.read('timeout', entry.timeout, milliseconds, health.timeoutMs),
    retries: entry.retries ?? health.retries,
    startPeriodMs: texts.read('start-period', entry['start-period'], milliseconds, health.startPeriodMs),
    windowMs: texts.read<number | null>('window', entry.window, milliseconds, health.windowMs),
  };
}

function milliseconds(text: string): number | undefined {
  const duration = parseDuration(text);
  return duration.ok ? duration.value : undefined;
}

function probeOf({ command, http, tcp, rpmsg }: HealthEntry, texts: OpenTexts): HealthProbe {
  if (command !== undefined) return { kind: 'command', command };
  if (http !== undefined) return { kind: 'http', url: http };
  if (rpmsg !== undefined) return { kind: 'rpmsg', endpoint: rpmsg };
  if (typeof tcp === 'number') return { kind: 'tcp', host: podDefaults.probeHost, port: tcp };
  return { kind: 'tcp', ...texts.read('tcp', tcp, addressOf, { host: podDefaults.probeHost, port: 1 }) };
}

/** `host:port`, an IPv6 address in brackets. */
function addressOf(text: string): { readonly host: string; readonly port: number } | undefined {
  const [, host, port] = /^(?:\[(?=.*\]:))?([^\s[\]]+?)\]?:(\d{1,5})$/.exec(text) ?? [];
  return host === undefined || text.includes('{{') ? undefined : { host, port: Number(port) };
}
