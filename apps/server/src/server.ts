// SPDX-License-Identifier: Apache-2.0
import {
  createDeviceDoors,
  createMetrics,
  createOperatorService,
  createPeopleDoors,
  type HookPort,
} from '@fairlead/api';
import type { Clock, Logger } from '@fairlead/base';
import { createGateway, type StatusBook, type Keepalive } from '@fairlead/gateway';
import { createHeadWatcher, type HeadWatcher, type OpenHeads } from '@fairlead/git';
import { formatAddress, type Address } from '@fairlead/program';
import { connectionLimit } from './connection-limit.ts';
import { createBenches } from './benches.ts';
import { createFleetIdentities } from './fleet-identities.ts';
import { createHeldProofs } from './held-proofs.ts';
import type { HttpTls } from './http-tls.ts';
import { logGatewayEvent } from './gateway-events.ts';
import { listening } from './listening.ts';
import type { LogPlace } from './log-place.ts';
import { countGatewayEvent } from './metering.ts';
import { createOutcomeBook } from './outcome-book.ts';
import { createPipeline } from './pipeline.ts';
import { createProblems } from './problems.ts';
import { createReceiptDesk } from './receipt-desk.ts';
import { createRelease } from './release.ts';
import { publicationOf } from './publication.ts';
import { createServedTrust } from './served-trust.ts';
import type { ServerKeys } from './server-keys.ts';

export interface ServerOptions {
  /** Of the fleet repository. */
  readonly heads: OpenHeads;
  readonly branch: string;
  /** Undefined: the log goes into the fleet repository. */
  readonly logPlace?: LogPlace | undefined;
  readonly keys: ServerKeys;
  /** Names this server in the log. */
  readonly replica: string;
  readonly grpc: Address;
  readonly http: Address;
  /** Null: plain text. */
  readonly httpTls: HttpTls | null;
  /** What a forge proves to know; undefined: webhooks are not taken. */
  readonly hookSecret: string | undefined;
  /** How long certificates of devices live, and how long after its end one can still be renewed, in milliseconds. */
  readonly certificateLife: number;
  readonly maxAway: number;
  /** How often the log is looked at for what other servers decided about identities, in milliseconds. */
  readonly logPollMs: number;
  /** Towards devices. */
  readonly keepalive: Keepalive;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

export interface RunningServer {
  /** As bound. */
  readonly grpc: string;
  readonly http: string;
  /** For connections from now on, and for the next webhook. Throws, and changes nothing, where key and certificate do not fit. */
  setHttpTls(tls: HttpTls): void;
  setHookSecret(secret: string): void;
  /** Reads the key folder again and shows its certificate to connections from now on; streams stay. */
  reloadKeys(): Promise<void>;
  /** Resolves when the signal has aborted and everything is written and closed; rejects when a part of the server broke. */
  readonly ended: Promise<void>;
}

/** The whole server: watches, compiles, signs, records, offers, and keeps what comes back. Resolves when it listens. */
export async function startServer(options: ServerOptions, signal: AbortSignal): Promise<RunningServer> {
  const { keys, clock, logger, random, branch, replica } = options;
  const startedAt = clock.now();
  const broken = new AbortController();
  const running = AbortSignal.any([signal, broken.signal]);
  const problems = createProblems(logger);
  const metrics = createMetrics({
    status: () => gateway.book,
    gateway: () => gateway.counts(),
    problems: () => problems.list(),
  });
  const outcomes = createOutcomeBook(() => gateway.book, clock);
  const benches = createBenches({
    keys,
    branch,
    logPlace: options.logPlace,
    replica,
    clock,
    logger,
    meter: metrics,
    onStoredReceipt: (envelope) => {
      outcomes.stored(envelope);
    },
    onOpened: (bench) => {
      for (const record of bench.log.state().lately) outcomes.noted(record, bench);
    },
  });

  const trust = createServedTrust(keys, () => benches.current());
  const doors = createDeviceDoors({
    trust,
    published: () => gateway.published(),
    identify: (socket) => gateway.identify(socket),
  });
  const identities = createFleetIdentities({
    ...options,
    bench: () => benches.current(),
    published: () => gateway.published(),
    onRevoked: () => {
      gateway.recheckIdentities();
    },
  });
  const gateway = createGateway(
    {
      ...options.grpc,
      tls: trust.tls(),
      keepalive: options.keepalive,
      ...connectionLimit(logger),
    },
    {
      clock,
      random,
      logger,
      identities: identities.identities,
      receipts: createReceiptDesk({
        benches,
        problems,
        clock,
        random,
        signal: running,
        onStored: (receipt) => {
          outcomes.received(receipt);
          metrics.receiptStored();
        },
      }),
      enrolment: identities.enrolment,
      // Of older segments of the log only a device's place is known, not when.
      seenBefore: (device) =>
        benches.current()?.log.position(device) === undefined
          ? null
          : Math.min(startedAt, outcomes.lastReceiptAt(device) ?? startedAt),
      services: (book: StatusBook) => [createOperatorService(book, identities.office, () => problems.list())],
      onHttp1: (socket) => {
        doors.accept(socket);
      },
      onEvent: (event) => {
        logGatewayEvent(event, logger);
        countGatewayEvent(event, metrics);
        if (event.kind === 'refused') outcomes.refused(event);
        if (event.kind === 'held') held(event);
      },
    },
  );
  gateway.book.onChange(() => {
    outcomes.changed();
  });

  const watcher = createHeadWatcher({ heads: options.heads, clock });
  const held = createHeldProofs({
    bench: () => benches.current(),
    logger,
    look: () => {
      watcher.forget();
      watcher.wake();
    },
  });
  const release = createRelease({
    clock,
    logger,
    fleet: keys.fleet,
    benchFor: (repository) => benches.benchFor(repository),
    async publish(revision, bench) {
      outcomes.published(revision, bench);
      const changed = trust.changedTls();
      if (changed !== undefined) gateway.setTls(changed.tls);
      if (changed?.lostCa === true) gateway.judgeAnew();
      await gateway.publish(publicationOf(revision));
    },
    withhold: () => {
      gateway.withhold();
    },
    noted: (record, bench) => {
      outcomes.noted(record, bench);
    },
  });
  const pipeline = createPipeline({
    clock,
    logger,
    problems,
    release,
    lookAgain: () => {
      watcher.forget();
    },
  });
  const hook = hookPort(options, watcher);
  const people = createPeopleDoors(
    { ...options.http, tls: options.httpTls },
    {
      notReady: () => problems.own(),
      metrics: () => metrics.collect(),
      hook,
    },
  );

  await doors.start();
  try {
    await listening('--grpc', options.grpc, gateway.start(running));
    await listening('--http', options.http, people.start());
  } catch (thrown) {
    broken.abort(thrown);
    await Promise.all([gateway.stop(), doors.stop()]);
    throw thrown;
  }
  const work = Promise.all([
    watcher.start(running, (report) => {
      pipeline.take(report);
    }),
    pipeline.run(running),
    outcomes.run(running),
    identities.run(running),
  ]).catch((thrown: unknown) => {
    broken.abort(thrown);
    throw thrown;
  });

  const ended = (async () => {
    await untilAborted(running);
    await gateway.stop();
    await Promise.all([people.stop(), doors.stop()]);
    try {
      await work;
    } finally {
      await benches.close();
    }
  })();
  return {
    grpc: formatAddress(boundTo(options.grpc, gateway.address())),
    http: formatAddress(boundTo(options.http, people.address())),
    setHttpTls: (tls) => {
      people.setTls(tls);
    },
    setHookSecret(secret) {
      if (hook !== undefined) hook.secret = secret;
    },
    async reloadKeys() {
      await keys.reload();
      gateway.setTls(trust.tls());
    },
    ended,
  };
}

/** Its secret may change while it is in use. */
function hookPort(
  { hookSecret, clock }: ServerOptions,
  watcher: HeadWatcher,
): (Omit<HookPort, 'secret'> & { secret: string }) | undefined {
  if (hookSecret === undefined) return undefined;
  return {
    secret: hookSecret,
    now: () => clock.now(),
    wake: () => {
      watcher.wake();
    },
  };
}

function boundTo({ host }: Address, { port }: { readonly port: number }): Address {
  return { host, port };
}

function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else
      signal.addEventListener(
        'abort',
        () => {
          resolve();
        },
        { once: true },
      );
  });
}
