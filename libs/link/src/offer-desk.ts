// SPDX-License-Identifier: Apache-2.0
import {
  codeInfo,
  FairleadError,
  fullJitter,
  isAbort,
  sha256,
  type Clock,
  type Code,
  type Digest,
  type Logger,
} from '@fairlead/base';
import { parseTarget, type TargetState } from '@fairlead/target';
import { heldVersions, verifyTargetBytes, verifyUpdate, type HeldTrust } from '@fairlead/trust/verify';
import { trustUpdateOf, type Offer, type Refresh, type Refusal } from '@fairlead/wire';
import { fetchRoots } from './fetch-roots.ts';
import { fetchTarget } from './fetch-target.ts';
import type { HeldTrustFile } from './held-trust-file.ts';
import type { Failure } from './failure.ts';
import type { GetRequest } from './https-get.ts';

/** A revision that was verified, with what it means for this device. `target` is the digest of `state`. */
export interface VerifiedRevision {
  readonly revision: Digest;
  readonly counter: number;
  readonly target: Digest;
  readonly state: TargetState;
}

export interface OfferPorts {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly random: () => number;
  readonly trust: HeldTrustFile;
  readonly device: string;
  /** Milliseconds since 1970. */
  readonly buildTime: number;
  /** Where roots and target states are fetched, and as whom. */
  readonly source: Pick<GetRequest, 'server' | 'tls'>;
  readonly newId: () => string;
  /** Milliseconds since 1970. */
  trustedTime(): number;
  desired(revision: VerifiedRevision): void;
  refused(refusal: Refusal): void;
  accepted(trustedTime: number, remarks: readonly Code[]): void;
  /** A target state is waited for; null: no longer. */
  waiting(failure: Failure | null): void;
}

export interface OfferDesk {
  /** Judges the metadata, stores what was accepted, then brings the target state; the last part may outlive the returned promise. */
  take(message: Offer | Refresh, signal: AbortSignal): Promise<void>;
}

/** Between attempts to store what was accepted, in milliseconds. */
const pauses = { baseMs: 1_000, capMs: 60_000 } as const;

/** What a device does with what it is offered, in the order of the design: roots, metadata, manifest, leaf, target. */
export function createOfferDesk(ports: OfferPorts): OfferDesk {
  let fetching: AbortController | undefined;

  const refuse = (message: Offer | Refresh, code: Code, text: string): void => {
    ports.logger.warn('refused what was offered', { code, reason: text, hint: codeInfo(code).hint });
    ports.refused({
      kind: 'refusal',
      id: ports.newId(),
      revision: sha256(message.manifest),
      code,
      message: text.slice(0, 500),
      deviceTime: ports.clock.now(),
      trustedTime: ports.trustedTime(),
    });
  };

  /** What was accepted counts once it is on disk. While that has no room the stream waits, so that the device can say why. */
  const keep = async (held: HeldTrust, signal: AbortSignal): Promise<void> => {
    for (let attempt = 0; ; attempt += 1) {
      try {
        await ports.trust.save(held);
        if (attempt > 0) ports.waiting(null);
        return;
      } catch (thrown) {
        const { code, message } = FairleadError.from(thrown);
        ports.logger.warn('what was accepted cannot be kept', { code, reason: message });
        ports.waiting({ code, message });
        await ports.clock.sleep(fullJitter(attempt, { ...pauses, random: ports.random }), signal);
      }
    }
  };

  /** True where the target state was verified to be this device's own in a revision signed for it. */
  const judge = async (held: HeldTrust, message: Offer | Refresh, signal: AbortSignal) => {
    const roots = await fetchRoots(
      ports.clock,
      ports.source,
      heldVersions(held).root,
      message.newestRoot,
      signal,
    );
    if (!roots.ok) {
      // Without the newest root nothing can be judged: no refusal, since nothing was wrong with what was offered.
      ports.waiting(roots.error);
      throw new FairleadError(roots.error);
    }
    const context = { device: ports.device, now: ports.clock.now(), buildTime: ports.buildTime };
    const verdict = verifyUpdate(held, trustUpdateOf(message, roots.value), context);
    await keep(verdict.ok ? verdict.value.held : verdict.error.held, signal);
    return verdict;
  };

  const takeState = (
    offer: Offer,
    revision: Pick<VerifiedRevision, 'revision' | 'counter'>,
    bytes: Uint8Array,
  ): void => {
    const genuine = verifyTargetBytes(bytes, offer.target);
    if (!genuine.ok) {
      refuse(offer, genuine.error.code, genuine.error.message);
      return;
    }
    const state = parseTarget(bytes);
    if (!state.ok) {
      refuse(offer, 'unsupported', `target state: ${state.error.join('; ')}`);
      return;
    }
    ports.desired({ ...revision, target: offer.target, state: state.value });
  };

  const bring = async (
    offer: Offer,
    revision: Pick<VerifiedRevision, 'revision' | 'counter'>,
    signal: AbortSignal,
  ): Promise<void> => {
    const fetched = await fetchTarget(
      {
        ...ports,
        onFailure: (failure) => {
          ports.waiting(failure);
        },
      },
      ports.source,
      offer.target,
      signal,
    );
    ports.waiting(null);
    if (fetched.ok) takeState(offer, revision, fetched.value);
    else refuse(offer, fetched.error.code, fetched.error.message);
  };

  return {
    async take(message, signal) {
      const held = ports.trust.current();
      if (held === null)
        throw new FairleadError({ code: 'internal', message: 'an offer before the first root' });
      const verdict = await judge(held, message, signal);
      if (!verdict.ok) {
        refuse(message, verdict.error.code, verdict.error.message);
        return;
      }
      const { manifest, revision, trustedTime, remarks } = verdict.value;
      ports.accepted(
        trustedTime,
        remarks.map((remark) => remark.code),
      );
      if (message.kind === 'refresh') return;

      fetching?.abort(new FairleadError({ code: 'superseded', message: 'a newer revision was offered' }));
      ports.waiting(null);
      const named = { revision, counter: manifest.counter };
      if (message.targetState !== null) {
        takeState(message, named, message.targetState);
        return;
      }
      const mine = new AbortController();
      fetching = mine;
      void bring(message, named, AbortSignal.any([signal, mine.signal])).catch((thrown: unknown) => {
        if (!isAbort(thrown) && !mine.signal.aborted && !signal.aborted)
          ports.logger.error('target state', { error: String(thrown) });
      });
    },
  };
}
