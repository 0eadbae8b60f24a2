// SPDX-License-Identifier: Apache-2.0
import { sha256, type Clock, type Digest, type Result, ok, err } from '@fairlead/base';
import { verifyUpdate, type HeldTrust } from '@fairlead/trust/verify';
import { trustUpdateOf, type Offer, type Refresh } from '@fairlead/wire';

interface Judged {
  readonly held: HeldTrust;
  readonly revision: Digest;
  readonly counter: number;
  readonly trustedTime: number;
}

interface JudgeRefusal {
  readonly code: string;
  readonly message: string;
  readonly held: HeldTrust;
}

export interface OfferJudge {
  /** The device's own judgement by the whole workflow of trust, or that of another device over the same metadata. */
  judge(
    device: string,
    held: HeldTrust,
    message: Offer | Refresh,
    roots: readonly Uint8Array[],
  ): Result<Judged, JudgeRefusal>;
}

/** One for all devices of a process. What equal devices come to hold is kept once. */
export function createOfferJudge(clock: Clock, random: () => number, verifyShare: number): OfferJudge {
  /** The last verdict that was good, and what it was about. */
  let last: { readonly about: Digest; readonly judged: Judged } | undefined;

  return {
    judge(device, held, message, roots) {
      const about = sha256(
        Buffer.concat([message.manifest, message.timestamp ?? Buffer.from(held.timestamp ?? '')]),
      );
      const known = last?.about === about ? last.judged : undefined;
      if (known !== undefined && random() >= verifyShare) return ok(known);
      const now = clock.now();
      const verdict = verifyUpdate(held, trustUpdateOf(message, roots), { device, now, buildTime: 0 });
      if (!verdict.ok) {
        const { code, message: text } = verdict.error;
        return err({ code, message: text, held: verdict.error.held });
      }
      const { revision, manifest, trustedTime } = verdict.value;
      const same = known !== undefined && isSame(known.held, verdict.value.held);
      const judged = {
        held: same ? known.held : verdict.value.held,
        revision,
        counter: manifest.counter,
        trustedTime,
      };
      if (!same) last = { about, judged };
      return ok(judged);
    },
  };
}

function isSame(a: HeldTrust, b: HeldTrust): boolean {
  return (
    a.fleet === b.fleet &&
    a.branch === b.branch &&
    a.root === b.root &&
    a.timestamp === b.timestamp &&
    a.snapshot === b.snapshot &&
    a.targets === b.targets &&
    a.manifest === b.manifest
  );
}
