// SPDX-License-Identifier: Apache-2.0
import { generateKeyPairSync } from 'node:crypto';

/** A new P-256 key, PKCS#8 PEM. Always from the system's secure random source. */
export function createDeviceKey(): string {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}
