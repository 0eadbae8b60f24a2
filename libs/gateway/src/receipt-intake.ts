// SPDX-License-Identifier: Apache-2.0
import { isAbort, type Digest, type Logger } from '@fairlead/base';
import { openReceipt } from '@fairlead/trust/verify';
import type { SealedReceipt } from '@fairlead/wire';
import type { KeyObject } from 'node:crypto';
import type { Failure, ReceiptsPort } from './ports.ts';

/** Receipts of one device that may wait for the log. */
export const maxOpenReceipts = 64;

export interface ReceiptIntake {
  take(sealed: SealedReceipt): void;
}

export interface ReceiptIntakePorts {
  readonly device: string;
  readonly fingerprint: Digest;
  /** Undefined: the connection is gone. */
  publicKey(): KeyObject | undefined;
  readonly receipts: ReceiptsPort;
  readonly logger: Logger;
  /** Every receipt up to this one stands in the log. */
  acknowledge(seq: number): void;
  /** This is no receipt of this device; the stream cannot go on. */
  reject(problems: readonly string[]): void;
  /** The log does not take it, nor what follows it; neither can the stream go on then. */
  notStored(failure: Failure): void;
}

/** Verifies receipts by the certificate of the stream that brought them, hands them on, and acknowledges only what stands in the log. */
export function createReceiptIntake(ports: ReceiptIntakePorts): ReceiptIntake {
  /** In the order of arrival: an acknowledgement stands for all before it. */
  const open: { readonly seq: number; stored: boolean }[] = [];

  const acknowledge = (): void => {
    let last: number | undefined;
    while (open[0]?.stored === true) last = open.shift()?.seq;
    if (last !== undefined) ports.acknowledge(last);
  };
  return {
    take(sealed) {
      if (open.length >= maxOpenReceipts) {
        ports.reject([`more than ${String(maxOpenReceipts)} receipts wait`]);
        return;
      }
      const key = ports.publicKey();
      // The device sends it again on its next stream.
      if (key === undefined) return;
      const opened = openReceipt(sealed.envelope, key);
      if (!opened.ok) {
        ports.reject(opened.error);
        return;
      }
      const receipt = opened.value;
      const problems = [
        ...(receipt.device === ports.device ? [] : [`receipt of device ${receipt.device}`]),
        ...(receipt.seq === sealed.seq
          ? []
          : [`sequence ${String(sealed.seq)} on a receipt with ${String(receipt.seq)}`]),
      ];
      if (problems.length > 0) {
        ports.reject(problems);
        return;
      }
      const entry = { seq: sealed.seq, stored: false };
      open.push(entry);
      ports.receipts
        .store({ device: ports.device, fingerprint: ports.fingerprint, receipt, envelope: sealed.envelope })
        .then((stored) => {
          if (!stored.ok) {
            ports.logger.warn('receipt not stored', {
              device: ports.device,
              seq: sealed.seq,
              code: stored.error.code,
            });
            ports.notStored(stored.error);
            return;
          }
          entry.stored = true;
          acknowledge();
        })
        .catch((error: unknown) => {
          if (!isAbort(error))
            ports.logger.error('receipt not stored', {
              device: ports.device,
              seq: sealed.seq,
              reason: String(error),
            });
        });
    },
  };
}
