// SPDX-License-Identifier: Apache-2.0
import { isDigest, type Clock } from '@fairlead/base';
import type { GatewayEvent, StatusBook } from '@fairlead/gateway';
import type { LogRecord } from '@fairlead/log';
import { readReceipt, type Receipt } from '@fairlead/trust/verify';
import { fleetStanding, type LastWord } from './fleet-ledger.ts';
import type { Bench } from './bench.ts';
import type { RecordedRevision } from './revision-desk.ts';

/** Keeps what came of each commit, and the notes that say so. */
export interface OutcomeBook {
  /** From the log, when it is opened. */
  stored(envelope: Uint8Array): void;
  received(receipt: Receipt): void;
  refused(event: GatewayEvent & { readonly kind: 'refused' }): void;
  published(revision: RecordedRevision, bench: Bench): void;
  noted(record: LogRecord, bench: Bench): void;
  /** Time of a device's newest receipt, in milliseconds since 1970, as far as the device knew it; undefined: none was seen. */
  lastReceiptAt(device: string): number | undefined;
  /** What is known of a device changed. */
  changed(): void;
  /** Counts anew what changed since, until the signal aborts; then once more. */
  run(signal: AbortSignal): Promise<void>;
}

/** A fleet of thousands is counted at most this often, in milliseconds. */
const countEveryMs = 100;

export function createOutcomeBook(book: () => StatusBook, clock: Clock): OutcomeBook {
  const lastWords = new Map<string, LastWord>();
  const receiptTimes = new Map<string, number>();
  let isStale = false;
  let wake = (): void => undefined;
  let current: { readonly revision: RecordedRevision; readonly bench: Bench } | undefined;

  function received({ device, revision, target, result, code, deviceTime, trustedTime }: Receipt): void {
    // The clock of a device may have started anew.
    receiptTimes.set(device, Math.max(deviceTime, trustedTime));
    lastWords.set(device, { revision, target, result, code });
    changed();
  }

  function changed(): void {
    isStale = true;
    wake();
  }

  function count(): void {
    if (isStale) write(null);
    isStale = false;
  }

  function write(supersededBy: string | null): void {
    if (current === undefined) return;
    const { compiled } = current.revision;
    const groups = fleetStanding(compiled, lastWords, book());
    const { commit, counter } = compiled.manifest;
    const settled = groups.every(({ pending }) => pending === 0);
    current.bench.log.notes.put(
      { kind: 'revision', commit, revision: compiled.revision, counter, groups, supersededBy },
      settled || supersededBy !== null,
    );
  }

  return {
    stored(envelope) {
      const receipt = readReceipt(envelope);
      if (receipt.ok) received(receipt.value);
    },
    received,
    refused({ device, refusal, code }) {
      if (!isDigest(refusal.revision)) return;
      lastWords.set(device, { revision: refusal.revision, target: null, result: 'refused', code });
      changed();
    },
    published(revision, bench) {
      const { commit } = revision.compiled.manifest;
      if (current !== undefined && current.revision.compiled.manifest.commit !== commit) write(commit);
      current = { revision, bench };
      // Counted when the devices' states are those under this revision.
      changed();
    },
    noted(record, bench) {
      if (record.kind === 'refused') bench.log.notes.put(record, true);
      if (record.kind === 'skipped') bench.log.notes.put(record, false);
    },
    lastReceiptAt: (device) => receiptTimes.get(device),
    changed,
    async run(signal) {
      while (!signal.aborted) {
        const woken = new AbortController();
        wake = () => {
          if (isStale) woken.abort();
        };
        wake();
        await clock.sleep(3_600_000, AbortSignal.any([signal, woken.signal])).catch(() => undefined);
        await clock.sleep(countEveryMs, signal).catch(() => undefined);
        count();
      }
    },
  };
}
