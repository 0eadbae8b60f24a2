// SPDX-License-Identifier: Apache-2.0
import type { Digest } from '@fairlead/base';
import type { Checkpoint } from './checkpoint.ts';
import { createDeviceChain, type ChainEnd, type DeviceChain, type PlacedReceipt } from './device-chain.ts';
import type { Findings } from './finding.ts';

/** The chains of all devices. */
export interface DeviceBook {
  /** False: the receipt stood there already, or another one in its place. */
  add(placed: PlacedReceipt, findings: Findings): boolean;
  /** When everything is read: judges each chain. */
  end(findings: Findings): void;
  /** Whether the log holds this receipt; undefined: an earlier audit has judged what stands there. */
  readonly holds: (device: string, instance: string, seq: number, hash: Digest) => boolean | undefined;
  /** Devices with receipts, in byte order of their ids not guaranteed; of each the receipts, instance by instance. */
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
    add(placed, findings) {
      const { device, instance, seq } = placed.receipt;
      const chain = chainOf(device, instance);
      const before = chain.at(seq);
      if (before === undefined) return chain.add(placed);
      const isSame = before.hash === placed.hash;
      const where = `${before.place?.ref ?? 'the log'}, commit ${before.place?.logCommit ?? 'of before'}`;
      if (!isSame)
        findings.error(
          'duplicate-identity',
          `another receipt ${String(seq)} stands in ${where}`,
          placed.place,
        );
      // Two servers may both take in what a device sends again.
      else if (before.place?.ref === undefined || before.place.ref === placed.place.ref)
        findings.error('receipt-doubled', `it stands in ${where} too`, placed.place);
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
