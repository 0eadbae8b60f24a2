// SPDX-License-Identifier: Apache-2.0
import type { Digest } from '@fairlead/base';
import { keyFingerprint } from '@fairlead/identity';
import type { KeyObject, X509Certificate } from 'node:crypto';

/** A key of a device, as the log tells of it. */
interface DeviceKey {
  /** SHA-256 of the public key (SubjectPublicKeyInfo, DER). */
  readonly id: Digest;
  readonly publicKey: KeyObject;
  /** RFC 3339 UTC. */
  readonly enrolledAt: string;
  readonly approvedBy: string;
  /** When it ceased to count, and why; null: it counts. */
  withdrawn: { readonly at: string; readonly why: string } | null;
}

/** Which keys the devices had, oldest first. A device has one at a time. */
export interface DeviceKeys {
  devices(): Iterable<string>;
  of(device: string): readonly DeviceKey[];
  /** The fingerprints of every certificate that was handed out for the device's newest key. */
  certificatesOf(device: string): ReadonlySet<Digest>;
  newest(device: string): DeviceKey | undefined;
  /** A new key, or another certificate for the one in use. */
  enrol(
    device: string,
    certificate: X509Certificate,
    fingerprint: Digest,
    facts: { at: string; approvedBy: string; isLate: boolean },
  ): void;
  /** Another certificate for the newest key. */
  renew(device: string, fingerprint: Digest): void;
  revoke(device: string, at: string, by: string): void;
}

export function createDeviceKeys(): DeviceKeys {
  const keys = new Map<string, DeviceKey[]>();
  const certificates = new Map<string, Set<Digest>>();
  const newest = (device: string): DeviceKey | undefined => keys.get(device)?.at(-1);
  return {
    devices: () => keys.keys(),
    of: (device) => keys.get(device) ?? [],
    certificatesOf: (device) => certificates.get(device) ?? new Set(),
    newest,
    enrol(device, { publicKey }, fingerprint, { at, approvedBy, isLate }) {
      const id = keyFingerprint(publicKey);
      const before = newest(device);
      if (isLate && before !== undefined && before.enrolledAt > at) {
        // The device has gone on with a newer key by now.
        const withdrawn = { at: before.enrolledAt, why: 'another key was enrolled' };
        keys.get(device)?.unshift({ id, publicKey, enrolledAt: at, approvedBy, withdrawn });
        return;
      }
      if (before?.id === id && before.withdrawn === null) {
        certificates.get(device)?.add(fingerprint);
        return;
      }
      if (before !== undefined) before.withdrawn ??= { at, why: 'another key was enrolled' };
      const all = keys.get(device) ?? [];
      all.push({ id, publicKey, enrolledAt: at, approvedBy, withdrawn: null });
      keys.set(device, all);
      certificates.set(device, new Set([fingerprint]));
    },
    renew(device, fingerprint) {
      certificates.get(device)?.add(fingerprint);
    },
    revoke(device, at, by) {
      const key = newest(device);
      if (key !== undefined) key.withdrawn ??= { at, why: `revoked by ${by}` };
    },
  };
}
