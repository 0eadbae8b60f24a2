// SPDX-License-Identifier: Apache-2.0
import { isCode } from '@fairlead/base';
import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';
import type { StatusSource } from './ports.ts';

/** What is looked up when somebody asks. */
export interface MetricsSources {
  readonly status: () => Pick<StatusSource, 'ids' | 'device'>;
  readonly gateway: () => GatewayFigures;
  /** What keeps the server from doing its whole work. */
  readonly problems: () => readonly { readonly area: string; readonly code: string }[];
}

export interface GatewayFigures {
  /** Streams that are open. */
  readonly connected: number;
  /** Connections that wait to be accepted. */
  readonly waiting: number;
  /** Connections that were closed because too many were open, since the start. */
  readonly turnedAway: number;
  /** Shared parts of offers encoded since the start. */
  readonly sharedEncodings: number;
}

/** What is counted when it happens. Durations in seconds. */
export interface Meter {
  offered(): void;
  refreshed(): void;
  /** `code`: as the device says. */
  refused(code: string): void;
  receiptStored(): void;
  compiled(outcome: 'compiled' | 'refused' | 'unreadable', seconds: number): void;
  /** `kinds`: of the records that stand in the log now; empty: it could not be written. */
  appended(kinds: readonly string[], seconds: number): void;
}

export interface Metrics extends Meter {
  /** All metrics in Prometheus' text form. */
  collect(): Promise<{ readonly contentType: string; readonly text: string }>;
}

/** From a commit of a small fleet to the whole of a large one; from a local disk to a push over a slow line. In seconds. */
const compileBuckets = [0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30];
const appendBuckets = [0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30];

export function createMetrics(sources: MetricsSources): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  const counter = (name: string, help: string, labelNames: readonly string[] = []): Counter =>
    new Counter({ name, help, labelNames, registers });
  addGauges(sources, registers);

  const offers = counter('fairlead_offers_total', 'Offers of a revision that were sent to devices');
  const refreshes = counter('fairlead_refreshes_total', 'Refreshes of metadata that were sent to devices');
  const refusals = counter('fairlead_refusals_total', 'Offers that devices refused, by code', ['code']);
  const receipts = counter('fairlead_receipts_stored_total', 'Receipts that were stored in the fleet log');
  const records = counter(
    'fairlead_log_records_total',
    'Records that were written to the fleet log, by kind',
    ['kind'],
  );
  const compiling = new Histogram({
    name: 'fairlead_compile_seconds',
    help: 'Time to compile a commit, by outcome',
    labelNames: ['outcome'],
    buckets: compileBuckets,
    registers,
  });
  const appending = new Histogram({
    name: 'fairlead_log_append_seconds',
    help: 'Time to write records to the fleet log, with the push where it is remote, by outcome',
    labelNames: ['outcome'],
    buckets: appendBuckets,
    registers,
  });

  return {
    offered: () => {
      offers.inc();
    },
    refreshed: () => {
      refreshes.inc();
    },
    refused: (code) => {
      // A device must not make as many series as it can think of words.
      refusals.inc({ code: isCode(code) ? code : 'other' });
    },
    receiptStored: () => {
      receipts.inc();
    },
    compiled: (outcome, seconds) => {
      compiling.observe({ outcome }, seconds);
    },
    appended(kinds, seconds) {
      appending.observe({ outcome: kinds.length > 0 ? 'written' : 'failed' }, seconds);
      for (const kind of kinds) records.inc({ kind });
    },
    collect: async () => ({ contentType: registry.contentType, text: await registry.metrics() }),
  };
}

/** Read from their sources only when somebody asks. */
function addGauges({ status, gateway, problems }: MetricsSources, registers: Registry[]): void {
  const figure = (name: string, help: string, read: () => number): void => {
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(read());
      },
    });
  };
  /** What other code counts. */
  const total = (name: string, help: string, read: () => number): void => {
    new Counter({
      name,
      help,
      registers,
      collect() {
        this.reset();
        this.inc(read());
      },
    });
  };
  figure('fairlead_streams', 'Open streams of devices', () => gateway().connected);
  figure('fairlead_connections_waiting', 'Connections that wait to be accepted', () => gateway().waiting);
  total(
    'fairlead_connections_turned_away_total',
    'Connections that were closed because too many were open',
    () => gateway().turnedAway,
  );
  total(
    'fairlead_offer_encodings_total',
    'Shared parts of offers that were encoded: one for all devices with an equal target',
    () => gateway().sharedEncodings,
  );
  new Gauge({
    name: 'fairlead_devices',
    help: 'Devices of the fleet, by state',
    labelNames: ['state'],
    registers,
    collect() {
      this.reset();
      const book = status();
      for (const id of book.ids()) {
        const device = book.device(id);
        if (device !== undefined) this.inc({ state: device.state });
      }
    },
  });
  new Gauge({
    name: 'fairlead_problems',
    help: 'What keeps the server from doing its whole work: 1 for each, by area and code',
    labelNames: ['area', 'code'],
    registers,
    collect() {
      this.reset();
      for (const { area, code } of problems()) this.set({ area, code }, 1);
    },
  });
}
