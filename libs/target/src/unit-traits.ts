// SPDX-License-Identifier: Apache-2.0
import type { Unit } from './target-state.ts';

/** False: it is started only on request, and being required is one. */
export function startsByItself(unit: Unit): boolean {
  if (unit.domain === 'jobs' && !unit.autostart) return false;
  if (unit.attributes === undefined || unit.attributes.critical) return true;
  const { boot, install, intervalSeconds } = unit.attributes.triggers;
  return boot || install || intervalSeconds !== null;
}

/** True: it is stopped and started again when a unit that it requires leaves its ready state. */
export function restartsWithRequired(unit: Unit): boolean {
  return unit.domain === 'jobs' ? unit.restart.onDependencyFail : true;
}
