// SPDX-License-Identifier: Apache-2.0
import { err, ok, type Result } from '@fairlead/base';
import type { ContainerSettings } from '../container-settings.ts';
import { plainAttributes, type Resources } from '../unit-attributes.ts';
import type { ConfigReader } from './config-reader.ts';
import { parseBytes } from './plain-values.ts';

/** Bytes; less, and no runtime starts anything. */
const leastMemory = 3 * 2 ** 20;

export function readMemory(
  reader: ConfigReader,
): Pick<ContainerSettings, 'swapBytes' | 'memoryReservationBytes'> & { readonly resources: Resources } {
  const memory = reader.one('memory', parseMemory)?.value;
  const swap = reader.one('memorySwap', parseSwap);
  const reserved = reader.one('memoryReservation', parseMemory);
  if (swap !== undefined && memory === undefined) {
    reader.refuse(swap, { code: 'conflicting-settings', message: 'memorySwap needs memory' });
  } else if (typeof swap?.value === 'number' && swap.value < (memory ?? 0)) {
    const message = 'memorySwap counts memory and swap together, so it cannot be less than memory';
    reader.refuse(swap, { code: 'conflicting-settings', message });
  }
  if (reserved !== undefined && reserved.value > (memory ?? reserved.value)) {
    const message = 'memoryReservation cannot be more than memory';
    reader.refuse(reserved, { code: 'conflicting-settings', message });
  }
  return {
    resources: { ...plainAttributes.resources, memoryBytes: memory ?? null },
    swapBytes: swap?.value ?? null,
    memoryReservationBytes: reserved?.value ?? null,
  };
}

function parseMemory(text: string): Result<number, string> {
  const bytes = parseBytes(text);
  return bytes.ok && bytes.value < leastMemory ? err('the least is 3M') : bytes;
}

function parseSwap(text: string): Result<number | 'unlimited', string> {
  return text === '-1' ? ok('unlimited' as const) : parseBytes(text);
}
