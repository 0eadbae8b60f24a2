// SPDX-License-Identifier: Apache-2.0
import { codeInfo, type TrustCode } from '@fairlead/base';

/** Why something offered is not taken. */
export interface TrustRefusal {
  /** `unsupported`: signed by the right keys, but in a form that this release does not know. */
  readonly code: TrustCode | 'unsupported';
  readonly message: string;
  readonly hint: string;
}

export function refusal(code: TrustRefusal['code'], message: string): TrustRefusal {
  return { code, message, hint: codeInfo(code).hint };
}

/** Beyond this a clock is called wrong, in milliseconds. */
export const clockTolerance = 5 * 60_000;

/**
 * Tells `clock-ahead` from `freeze`: a device judges by its own clock and can only say that metadata has expired; whoever knows the
 * time sees from the device's time in the refusal whether the metadata or the clock is wrong. Times in milliseconds since 1970.
 */
export function judgeFreeze(times: {
  readonly deviceTime: number;
  readonly serverTime: number;
}): 'freeze' | 'clock-ahead' {
  return times.deviceTime - times.serverTime > clockTolerance ? 'clock-ahead' : 'freeze';
}
