// SPDX-License-Identifier: Apache-2.0
import type { Digest } from '@fairlead/base';
import type { Checkpoint } from './checkpoint.ts';
import { createDeviceChain, type ChainEnd, type DeviceChain, type PlacedReceipt } from './device-chain.ts';
import type { Findings } from './finding.ts';

/** The chains of all devices. */
export interface DeviceBook {
  /**
   * False: the receipt stood there already, or another one in its place. `isAgain`: it comes from a reference that is read anew, though
   * an earlier audit had read it.
   */
  add(placed: PlacedReceipt, isAgain: boolean, findings: Findings): boolean;
  /** When everything is read: judges each chain. */
  end(findings: Findings): void;
  /** Whether the log holds this receipt; undefined: an earlier audit has judged what stands there. */
  readonly holds: (device: string, instance: string, seq: number, hash: Digest) => boolean | undefined;
  /** By device: its receipts that are new, instance by instance. */
  receipts(): ReadonlyMap<string, readonly PlacedReceipt[]>;
  /** Where each chain ends now. */
  ends(): Record<string, Record<string, ChainEnd>>;
}

export function createDeviceBook(since: Checkpoint | null, mayFall: boolean): DeviceBook {
  const chains = new Map<string, Map<string, DeviceChain>>();
  const ends = new Map<string, Map<string, ChainEnd>>(
    Object.entries(since?.devices ?? {}).map(([device, instances]) => [
      device,
      new Map(Object.entries(instances)),
    ]),
  );
  const endBefore = (device: string, instance: string): ChainEnd | undefined =>
    since?.devices[device]?.[instance];

  function chainOf(device: string, instance: string): DeviceChain {
    const instances = chains.get(device) ?? new Map<string, DeviceChain>();
    chains.set(device, instances);
    const chain = instances.get(instance) ?? createDeviceChain(endBefore(device, instance), mayFall);
    instances.set(instance, chain);
    return chain;
  }

  /** A receipt of a time that an earlier audit has judged. */
  function judgeOld(placed: PlacedReceipt, end: ChainEnd, isAgain: boolean, findings: Findings): void {
    const { seq } = placed.receipt;
    if (seq === end.seq && placed.hash !== end.hash)
      findings.error(
        'duplicate-identity',
        `receipt ${String(seq)} was another one at the earlier audit`,
        placed.place,
      );
    else if (!isAgain)
      findings.error(
        'receipt-doubled',
        `receipt ${String(seq)} stood in the log at the earlier audit`,
        placed.place,
      );
  }

  /** An instance is made together with a key: one chain for one key. */
  function judgeInstances(device: string, findings: Findings): void {
    const instanceOf = new Map<Digest, string>();
    for (const [instance, { key }] of Object.entries(since?.devices[device] ?? {}))
      instanceOf.set(key, instance);
    for (const [instance, chain] of chains.get(device) ?? []) {
      const [first] = chain.receipts();
      if (first === undefined) continue;
      const other = instanceOf.get(first.key);
      if (other !== undefined && other !== instance)
        findings.error(
          'instance-unexplained',
          `a new chain begins under the key of the chain ${other}`,
          first.place,
        );
      instanceOf.set(first.key, instance);
    }
  }

  return {
    add(placed, isAgain, findings) {
      const { device, instance, seq } = placed.receipt;
      const end = endBefore(device, instance);
      if (end !== undefined && seq <= end.seq) {
        judgeOld(placed, end, isAgain, findings);
        return false;
      }
      const chain = chainOf(device, instance);
      const before = chain.at(seq);
      if (before === undefined) {
        chain.add(placed);
        return true;
      }
      const { ref = '', logCommit = '' } = before.place;
      const where = `${ref}, commit ${logCommit}`;
      if (before.hash !== placed.hash) {
        const message = `another receipt ${String(seq)} stands in ${where}`;
        findings.error('duplicate-identity', message, placed.place);
      } else if (ref === placed.place.ref)
        findings.error('receipt-doubled', `it stands in ${where} too`, placed.place);
      // Two servers may both take in what a device sends again.
      else findings.warning('receipt-doubled', `it stands in ${where} too`, placed.place);
      return false;
    },
    end(findings) {
      for (const [device, instances] of chains) {
        judgeInstances(device, findings);
        const now = ends.get(device) ?? new Map<string, ChainEnd>();
        for (const [instance, chain] of instances) {
          const end = chain.end(findings);
          if (end !== undefined) now.set(instance, end);
        }
        ends.set(device, now);
      }
    },
    holds(device, instance, seq, hash) {
      const known = chains.get(device)?.get(instance)?.at(seq);
      if (known !== undefined) return known.hash === hash;
      const before = endBefore(device, instance);
      if (before === undefined || seq > before.seq) return false;
      return seq < before.seq ? undefined : before.hash === hash;
    },
    receipts: () =>
      new Map(
        [...chains].map(([device, instances]) => [
          device,
          [...instances.values()]
            .map((chain) => chain.receipts())
            .sort((a, b) => (a[0]?.written ?? 0) - (b[0]?.written ?? 0))
            .flat(),
        ]),
      ),
    ends: () =>
      Object.fromEntries([...ends].map(([device, instances]) => [device, Object.fromEntries(instances)])),
  };
}
