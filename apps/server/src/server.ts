// SPDX-License-Identifier: Apache-2.0
import { createDeviceDoors, createMetrics, createOperatorService, createPeopleDoors } from '@fairlead/api';
import { ok, type Clock, type Digest, type Logger } from '@fairlead/base';
import { createGateway, type GatewayEvent, type ReceiptsPort, type StatusBook } from '@fairlead/gateway';
import { createHeadWatcher } from '@fairlead/git';
import { receiptHash } from '@fairlead/trust/verify';
import { formatAddress, type Address } from './address.ts';
import { createBenches, type Benches } from './benches.ts';
import { createEnrolment } from './enrolment.ts';
import type { HttpTls } from './http-tls.ts';
import { createOutcomeBook, type OutcomeBook } from './outcome-book.ts';
import { createPipeline } from './pipeline.ts';
import { createProblems, type Problems } from './problems.ts';
import { publicationOf } from './publication.ts';
import type { ServerKeys } from './server-keys.ts';

export interface ServerOptions {
  readonly repo: string;
  readonly branch: string;
  readonly keys: ServerKeys;
  /** Names this server in the log. */
  readonly replica: string;
  readonly grpc: Address;
  readonly http: Address;
  /** Null: plain text. */
  readonly httpTls: HttpTls | null;
  /** How often the repository is looked at without any event, in milliseconds. */
  readonly pollMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

export interface RunningServer {
  /** As bound. */
  readonly grpc: string;
  readonly http: string;
  /** Resolves when the signal has aborted and everything is written and closed; rejects when a part of the server broke. */
  readonly ended: Promise<void>;
}

/** The whole server: watches, compiles, signs, records, offers, and keeps what comes back. Resolves when it listens. */
export async function startServer(options: ServerOptions, signal: AbortSignal): Promise<RunningServer> {
  const { keys, clock, logger, random, branch, replica } = options;
  const problems = createProblems(logger);
  const outcomes = createOutcomeBook(() => gateway.book);
  const benches = createBenches({
    keys,
    branch,
    replica,
    clock,
    logger,
    onStoredReceipt: (envelope) => {
      outcomes.stored(envelope);
    },
  });
  const root = Buffer.from(keys.firstRoot).toString('utf8');

  const doors = createDeviceDoors({
    trust: { roots: () => [root], authorities: () => [keys.authority.certificate] },
    published: () => gateway.published(),
    identify: (socket) => gateway.identify(socket),
  });
  const gateway = createGateway(
    {
      ...options.grpc,
      tls: { key: keys.server.key, cert: keys.server.certificate, ca: [keys.authority.certificate] },
    },
    {
      clock,
      random,
      logger,
      identities: {
        fleet: keys.fleet,
        isRevoked: (fingerprint: Digest) => benches.current()?.log.state().revoked.has(fingerprint) ?? false,
      },
      receipts: receiptsPort(benches, outcomes, problems),
      enrolment: createEnrolment({
        fleet: keys.fleet,
        enrolmentKey: keys.enrolmentKey,
        authority: keys.authority,
        clock,
        isMember: (device) => gateway.published()?.devices.has(device) ?? false,
        isUsed: (token) => benches.current()?.log.state().enrolments.has(token) ?? false,
        record: async (record) => benches.current()?.log.append([record]) ?? noRepository(),
      }),
      services: (book: StatusBook) => [createOperatorService(book)],
      onHttp1: (socket) => {
        doors.accept(socket);
      },
      onEvent: (event) => {
        onGatewayEvent(event, outcomes, logger);
      },
    },
  );
  gateway.book.onChange(() => {
    outcomes.changed();
  });

  const watcher = createHeadWatcher({ path: options.repo, branch, clock, logger, pollMs: options.pollMs });
  const pipeline = createPipeline({
    clock,
    logger,
    problems,
    fleet: keys.fleet,
    benchFor: (repository, running) => benches.benchFor(repository, running),
    async publish(revision, bench) {
      outcomes.published(revision, bench);
      await gateway.publish(publicationOf(revision.compiled, revision.signed, 1));
    },
    noted: (record, bench) => {
      outcomes.noted(record, bench);
    },
    lookAgain: () => {
      watcher.forget();
    },
  });
  const metrics = createMetrics({
    status: gateway.book,
    connected: () => gateway.counts().connected,
    sharedEncodings: () => gateway.counts().sharedEncodings,
  });
  const people = createPeopleDoors(
    { ...options.http, tls: options.httpTls },
    { notReady: () => problems.list(), metrics: () => metrics.collect() },
  );

  const broken = new AbortController();
  const running = AbortSignal.any([signal, broken.signal]);
  await doors.start();
  await gateway.start(running);
  await people.start();
  const work = Promise.all([
    watcher.start(running, (report) => {
      pipeline.take(report);
    }),
    pipeline.run(running),
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
    ended,
  };
}

/** A receipt is acknowledged only when it stands in the log. */
function receiptsPort(benches: Benches, outcomes: OutcomeBook, problems: Problems): ReceiptsPort {
  return {
    position: (device) => benches.current()?.log.position(device) ?? null,
    async store({ device, receipt, envelope }) {
      const log = benches.current()?.log;
      if (log === undefined) return noRepository();
      const { instance, seq, previous } = receipt;
      const stored = await log.receipts.store({
        device,
        link: { instance, seq, previous, hash: receiptHash(envelope) },
        envelope,
      });
      if (!stored.ok) {
        if (stored.error.code === 'log-unwritable') problems.set('receipts', stored.error);
        return stored;
      }
      problems.clear('receipts');
      if (stored.value !== 'duplicate') outcomes.received(receipt);
      return ok();
    },
  };
}

function onGatewayEvent(event: GatewayEvent, outcomes: OutcomeBook, logger: Logger): void {
  switch (event.kind) {
    case 'connected':
    case 'disconnected':
      logger.info(`device ${event.kind}`, { device: event.device });
      return;
    case 'offered':
      logger.info('revision offered', {
        device: event.device,
        revision: event.revision,
        target: event.target,
      });
      return;
    case 'refused':
      logger.warn('device refused an offer', {
        device: event.device,
        code: event.code,
        message: event.refusal.message,
      });
      outcomes.refused(event);
      return;
    case 'device-ahead':
      logger.error('device holds newer metadata than is recorded', {
        device: event.device,
        held: event.held,
      });
      return;
    case 'log-behind':
      logger.error('device knows of acknowledged receipts that the log does not have', {
        device: event.device,
      });
      return;
    case 'duplicate-identity':
      logger.error('two devices use one identity', { device: event.device });
      return;
    case 'bad-receipt':
      logger.error('receipt cannot be taken', { device: event.device, problems: event.problems });
      return;
  }
}

function noRepository() {
  return {
    ok: false as const,
    error: { code: 'repository-missing' as const, message: 'the repository has not been read yet' },
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
