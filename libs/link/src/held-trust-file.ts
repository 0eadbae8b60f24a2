// SPDX-License-Identifier: Apache-2.0
import { FairleadError } from '@fairlead/base';
import { heldTrustBytes, parseHeldTrust, type HeldTrust } from '@fairlead/trust/verify';
import { readIfThere, writeDurably } from './durable-file.ts';

export interface HeldTrustFile {
  /** Null: this device has never met a fleet. */
  load(): Promise<HeldTrust | null>;
  /** Stored when it resolves. The same value again is not written. */
  save(held: HeldTrust): Promise<void>;
  /** As last loaded or saved. */
  current(): HeldTrust | null;
}

export function createHeldTrustFile(path: string): HeldTrustFile {
  let current: HeldTrust | null = null;
  let stored: Uint8Array = new Uint8Array();
  return {
    current: () => current,
    async load() {
      const bytes = await readIfThere(path);
      if (bytes === null) return null;
      const held = parseHeldTrust(bytes);
      if (!held.ok) throw new FairleadError({ code: 'storage-failed', message: `${path} cannot be read: ${held.error.join('; ')}` });
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
