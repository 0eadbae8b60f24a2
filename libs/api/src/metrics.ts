// SPDX-License-Identifier: Apache-2.0
import { Gauge, Registry, collectDefaultMetrics } from 'prom-client';
import type { StatusSource } from './ports.ts';

export interface MetricsSources {
  readonly status: StatusSource;
  /** Streams that are open. */
  connected(): number;
  /** Shared parts of offers encoded since the start. */
  sharedEncodings(): number;
}

export interface Metrics {
  /** All metrics in Prometheus' text form. */
  collect(): Promise<{ readonly contentType: string; readonly text: string }>;
}

/** Read from their sources only when somebody asks. */
export function createMetrics(sources: MetricsSources): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  new Gauge({
    name: 'fairlead_streams',
    help: 'Open streams of devices',
    registers,
    collect() {
      this.set(sources.connected());
    },
  });
  new Gauge({
    name: 'fairlead_offer_encodings',
    help: 'Shared parts of offers encoded since the start',
    registers,
    collect() {
      this.set(sources.sharedEncodings());
    },
  });
  new Gauge({
    name: 'fairlead_devices',
    help: 'Devices of the fleet by state',
    labelNames: ['state'],
    registers,
    collect() {
      this.reset();
      for (const id of sources.status.ids()) {
        const device = sources.status.device(id);
        if (device !== undefined) this.inc({ state: device.state });
      }
    },
  });
  return { collect: async () => ({ contentType: registry.contentType, text: await registry.metrics() }) };
}
