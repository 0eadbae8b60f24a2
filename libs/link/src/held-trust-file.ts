// SPDX-License-Identifier: Apache-2.0
import { FairleadError } from '@fairlead/base';
import { heldTrustBytes, parseHeldTrust, type HeldTrust } from '@fairlead/trust/verify';
import * as v from 'valibot';
import { readIfThere, writeDurably } from './durable-file.ts';

export interface HeldTrustFile {
  /** Null: this device has never met a fleet. */
  load(): Promise<HeldTrust | null>;
  /** Stored when it resolves. The same value again is not written. */
  save(held: HeldTrust): Promise<void>;
  /** As last loaded or saved. */
  current(): HeldTrust | null;
}

/**
 * When the timestamp that is held was signed, in milliseconds since 1970; 0 where none is. It was verified before it was stored, and
 * a device that restarts without a clock believes in no earlier time.
 */
export function signedTimeOf(held: HeldTrust | null): number {
  if (held === null || held.timestamp === null) return 0;
  const stored = v.safeParse(timestampSchema, JSON.parse(held.timestamp));
  const time = stored.success ? Date.parse(stored.output.signed['x-fairlead'].time) : Number.NaN;
  return Number.isNaN(time) ? 0 : time;
}

const timestampSchema = v.object({ signed: v.object({ 'x-fairlead': v.object({ time: v.string() }) }) });

export function createHeldTrustFile(path: string): HeldTrustFile {
  let current: HeldTrust | null = null;
  let stored: Uint8Array = new Uint8Array();
  return {
    current: () => current,
    async load() {
      const bytes = await readIfThere(path);
      if (bytes === null) return null;
      const held = parseHeldTrust(bytes);
      if (!held.ok)
        throw new FairleadError({
          code: 'storage-failed',
          message: `${path} cannot be read: ${held.error.join('; ')}`,
        });
      stored = bytes;
      current = held.value;
      return held.value;
    },
    async save(held) {
      const bytes = heldTrustBytes(held);
      if (!Buffer.from(bytes).equals(stored)) await writeDurably(path, bytes);
      stored = bytes;
      current = held;
    },
  };
}
