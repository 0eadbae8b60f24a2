// SPDX-License-Identifier: Apache-2.0
import { codeInfo } from '@fairlead/base';
import type { MetadataFile } from './metadata.ts';
import { parseTime } from './metadata.ts';
import { clockTolerance, refusal, type TrustRefusal } from './refusal.ts';
import { extensionField } from './root.ts';

/** Something worth telling that stops nothing. */
export interface TrustRemark {
  readonly code: 'clock-behind';
  readonly message: string;
}

/** When the timestamp says that it was signed, in milliseconds since 1970; 0 where it does not say. */
export function signedTime(timestamp: MetadataFile<'timestamp'>): number {
  const extension = timestamp.metadata.signed.unrecognizedFields[extensionField];
  if (typeof extension !== 'object' || extension === null || !('time' in extension)) return 0;
  return parseTime(extension['time']) ?? 0;
}

/** Against metadata that is kept from a device after its time (freeze). `time` in milliseconds since 1970. */
export function checkExpiry(file: MetadataFile, time: number): TrustRefusal | undefined {
  if (file.expires > time) return undefined;
  return refusal('freeze', `${file.role} version ${file.version} expired at ${file.metadata.signed.expires}`);
}

/** A system clock before the time that was signed is wrong, but stops nothing: expiry was judged by the later one. */
export function clockRemarks(systemTime: number, signed: number): readonly TrustRemark[] {
  if (signed - systemTime <= clockTolerance) return [];
  const seconds = Math.round((signed - systemTime) / 1000);
  return [{ code: 'clock-behind', message: `${codeInfo('clock-behind').summary} By ${seconds} s.` }];
}
