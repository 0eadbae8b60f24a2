// SPDX-License-Identifier: Apache-2.0
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { codeInfo, err, FairleadError, ok, type Code, type Result } from '@fairlead/base';
import { heldVersions } from '@fairlead/trust/verify';
import { agentService, PROTOCOL, type Goodbye, type Hello, type Welcome } from '@fairlead/wire';
import { admit, nameOf } from './admission.ts';
import { keepaliveDefaults, openChannel } from './channel.ts';
import { createCommandDesk } from './commands.ts';
import { createCredentialStore, tlsOf, type Credentials } from './credentials.ts';
import { failureOfThrown, goodbyeFailure, hintOf, type Failure } from './failure.ts';
import { createHeldTrustFile, signedTimeOf } from './held-trust-file.ts';
import type { Link, LinkOptions } from './link-options.ts';
import { createLinkState } from './link-state.ts';
import { createOfferDesk } from './offer-desk.ts';
import { createOutgoing } from './outgoing.ts';
import { createReceiptOutbox } from './receipt-outbox.ts';
import { createRenewer } from './renewer.ts';
import { createRootKeeper } from './root-keeper.ts';
import { runSession, type SessionPorts } from './session.ts';

/** After so many failures in a row the CA is looked up anew: it may have changed while the device was away. */
const failuresToRenewCa = 3;

/** The device's side of the stream. Nothing here waits for the network before the device may run what it has. */
export function createLink(options: LinkOptions): Link {
  const { dir, server, admission, agent, clock, logger, device: ports } = options;
  const keepalive = options.keepalive ?? keepaliveDefaults;
  const trust = createHeldTrustFile(join(dir, 'trust.json'));
  const credentials = createCredentialStore(join(dir, 'identity'), options.newId);
  const receipts = createReceiptOutbox(join(dir, 'receipts.json'));
  const roots = createRootKeeper({ server, clock, logger, trust, credentials });
  const state = createLinkState(options);
  const renewer = createRenewer({
    ...options,
    keepalive,
    credentials,
    trustedTime: () => state.trustedTime(),
  });
  const outgoing = createOutgoing(receipts);
  const commands = createCommandDesk({
    path: join(dir, 'commands.json'),
    logger,
    trustedTime: () => state.trustedTime(),
    run: (action) => ports.run(action),
    answer: (result) => {
      outgoing.record(result);
    },
  });
  const runId = options.newId();
  const stopping = new AbortController();
  let device = '';
  /** Why the attempt before came to nothing. */
  let last: Code | null = null;
  let running: Promise<void> = Promise.resolve();

  const hello = (): Hello => {
    const held = trust.current();
    if (held === null)
      throw new FairleadError({ code: 'internal', message: 'a stream before the first root' });
    const { root, timestamp, snapshot, targets, counter, revision } = heldVersions(held);
    return {
      kind: 'hello',
      agentVersion: agent.version,
      protocol: PROTOCOL,
      bootId: agent.bootId,
      architecture: agent.architecture,
      targetFormats: agent.targetFormats,
      capabilities: agent.capabilities,
      held: { root, timestamp, snapshot, targets, counter },
      revision,
      target: ports.heldTarget(),
      receipts: receipts.position(),
      deviceTime: clock.now(),
      runId,
      timestampFile: Buffer.from(held.timestamp ?? '', 'utf8'),
      snapshotFile: Buffer.from(held.snapshot ?? '', 'utf8'),
    };
  };

  const welcomed = async (welcome: Welcome, who: Credentials, signal: AbortSignal): Promise<number> => {
    const met = await receipts.meetLog(welcome.log);
    if (met.kind === 'restored')
      logger.warn('the log knows later receipts: the state folder was restored', { seq: met.at.seq });
    else if (met.lost)
      logger.warn('the log lost receipts that it had acknowledged; they are sent again', {
        after: met.after,
      });
    await roots.catchUp(who, welcome.newestRoot, signal);
    return met.kind === 'restored' ? met.at.seq : met.after;
  };

  const sessionPorts = (who: Credentials, signal: AbortSignal): SessionPorts => {
    const desk = createOfferDesk({
      ...options,
      trust,
      device,
      buildTime: agent.buildTime,
      source: {
        server,
        // Renewed meanwhile, perhaps.
        get tls() {
          return tlsOf(credentials.current() ?? who);
        },
      },
      trustedTime: () => state.trustedTime(),
      desired: (revision) => {
        ports.desired(revision);
      },
      refused: (refusal) => {
        state.refused(refusal);
        outgoing.record(refusal);
      },
      accepted: (signedTime, remarks) => {
        state.accepted(signedTime, remarks);
      },
      waiting: (failure) => {
        state.waiting(failure);
      },
    });
    return {
      clock,
      logger,
      outgoing,
      hello,
      welcomed: (welcome) => welcomed(welcome, who, signal),
      offered: async (message, inner) => {
        await roots.catchUp(who, message.newestRoot, inner);
        await desk.take(message, inner);
      },
      receiptsAcknowledged: (seq) => receipts.acknowledge(seq),
      commanded: (command) => {
        commands.take(command).catch((thrown: unknown) => {
          logger.error('command', { ...failureOfThrown(thrown) });
        });
      },
    };
  };

  const admissionPorts = { ...options, keepalive, credentials, renewer, trust };

  /** One stream, and before it what it takes to have a certificate for it. */
  const connect = async (signal: AbortSignal): Promise<Result<Goodbye, Failure>> => {
    const who = await admit(admissionPorts, last, signal);
    if (!who.ok) return who;
    await receipts.open(who.value.instance, who.value.key);
    const channel = openChannel(server, who.value, keepalive);
    try {
      const { path, requestSerialize, responseDeserialize } = agentService.connect;
      const call = channel.makeBidiStreamRequest(path, requestSerialize, responseDeserialize);
      call.once('metadata', () => {
        state.step({ kind: 'opened' });
      });
      const onWelcome = (): void => {
        state.step({ kind: 'opened' });
        state.step({ kind: 'welcomed' });
        state.failed(null);
        logger.info('connected', { server });
      };
      const ended = new AbortController();
      const upkeep = renewer.run(AbortSignal.any([signal, ended.signal])).catch(() => undefined);
      try {
        return ok(await runSession(call, sessionPorts(who.value, signal), onWelcome, signal));
      } finally {
        ended.abort(new FairleadError({ code: 'cancelled', message: 'the stream ended' }));
        await upkeep;
      }
    } finally {
      channel.close();
    }
  };

  const connectOnce = async (signal: AbortSignal): Promise<number | null> => {
    let hint: string | undefined;
    const done = await connect(signal).catch((thrown: unknown): Result<never, Failure> => {
      if (signal.aborted) throw thrown;
      hint = hintOf(thrown);
      return err(failureOfThrown(thrown));
    });
    const failure = done.ok ? goodbyeFailure(done.value) : done.error;
    last = failure?.code ?? null;
    state.failed(failure);
    if (failure !== null) hint ??= codeInfo(failure.code).hint;
    if (!done.ok) {
      logger.warn('no stream', { ...done.error, hint });
      return done.error.retryAfterMs ?? null;
    }
    const { reason, retryAfterMs } = done.value;
    logger.info('the server took leave', { reason, retryAfterMs, ...(hint === undefined ? {} : { hint }) });
    return retryAfterMs;
  };

  const run = async (signal: AbortSignal): Promise<void> => {
    for (;;) {
      const retryAfterMs = await connectOnce(signal);
      state.step({ kind: 'ended', retryAfterMs });
      const { connection } = state.view();
      if (connection.kind !== 'waiting')
        throw new FairleadError({ code: 'internal', message: `${connection.kind} after an end` });
      if (connection.attempt % failuresToRenewCa === 0) await roots.renewCa(signal);
      await clock.sleep(Math.max(0, connection.until - clock.monotonic()), signal);
      state.step({ kind: 'due' });
    }
  };

  return {
    async open() {
      await mkdir(dir, { recursive: true, mode: 0o700 });
      state.learnTime(signedTimeOf(await trust.load()));
      await commands.open();
      const known = await credentials.load();
      if (known !== null) await receipts.open(known.instance, known.key);
      device = known?.device ?? nameOf(admission).device;
      return device;
    },
    start(signal) {
      const both = AbortSignal.any([signal, stopping.signal]);
      running = run(both).catch((thrown: unknown) => {
        if (!both.aborted) logger.error('the link ended', { ...failureOfThrown(thrown) });
      });
    },
    async stop() {
      stopping.abort(new FairleadError({ code: 'cancelled', message: 'the link is stopped' }));
      await running;
    },
    record: (outcome, facts) =>
      receipts
        .record(outcome, {
          ...facts,
          device,
          unitsOmitted: 0,
          deviceTime: clock.now(),
          trustedTime: state.trustedTime(),
          bootId: agent.bootId,
          agentVersion: agent.version,
          remarks: [...state.view().remarks, ...facts.remarks],
        })
        .then(() => {
          outgoing.bell.ring();
        }),
    report: (status) => {
      outgoing.status(status);
    },
    view: () => state.view(),
  };
}
