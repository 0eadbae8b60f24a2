// SPDX-License-Identifier: Apache-2.0
import { join } from '../../diagnostic.ts';
import type { GpioTrigger } from '../pod-spec.ts';
import type { Findings } from './findings.ts';
import { createKeyReader, isObject, type KeyReader } from './key-reader.ts';

/** The pins of a gpio trigger; those that are wrong are found, and left out. */
export function readPins(name: string, keys: KeyReader, findings: Findings): readonly GpioTrigger[] {
  const seen = new Set<number>();
  const list = join(keys.pointer, 'gpio');
  return (keys.list('gpio') ?? []).flatMap((entry, index) => {
    const pointer = join(list, index);
    if (!isObject(entry)) {
      findings.error('wrong-type', `Entry in gpio trigger list of container ${name} is not a map`, pointer);
      return [];
    }
    const trigger = readPin(
      name,
      createKeyReader(entry, { holder: `gpio trigger in container ${name}`, pointer }, findings),
    );
    if (trigger === undefined) return [];
    if (seen.has(trigger.pin))
      findings.error('conflicting-settings', `Duplicate pin in gpio trigger of container ${name}`, pointer);
    seen.add(trigger.pin);
    return [trigger];
  });
}

function readPin(name: string, keys: KeyReader): GpioTrigger | undefined {
  if (!keys.has('pin')) keys.required('pin');
  const pin = keys.whole('pin');
  if (pin === undefined) return undefined;
  const holder = `gpio trigger for pin ${String(pin)} in container ${name}`;
  const own = keys.as(holder);
  const touch = own.flag('touch') ?? false;
  const level = own.text('level');
  own.warnUnused();
  if (touch) {
    if (level === undefined) return { pin, on: 'touch' };
    own.find('conflicting-settings', `Both level ${level} and touch are set in ${holder}`, 'level');
    return undefined;
  }
  if (level === undefined || level === 'high' || level === 'low') return { pin, on: level ?? 'high' };
  own.find('invalid-value', `Invalid level in ${holder}: ${level}`, 'level');
  return undefined;
}
