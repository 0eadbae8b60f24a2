// SPDX-License-Identifier: Apache-2.0
import { simulatedDeviceId } from './identity.ts';

/** Devices that share a target state, in a generated fleet. */
const groupSize = 1_000;

/**
 * The files of a fleet repository with so many devices, in groups of 1,000, that run one small job each group; as JSON values by path.
 * `version` goes into what the jobs run: another one changes every device's target state.
 */
export function generatedFleet(devices: number, version: string): Readonly<Record<string, unknown>> {
  const groups = Array.from(
    { length: Math.max(1, Math.ceil(devices / groupSize)) },
    (_, n) => `group-${String(n)}`,
  );
  const runningOf = (group: string): string => `running/${group}.json`;
  return {
    'fleet.json': {
      id: '51310000-0000-4000-8000-ffffffffffff',
      groups: Object.fromEntries(groups.map((group) => [group, { 'running-config': [runningOf(group)] }])),
    },
    'devices.json': Object.fromEntries(
      Array.from({ length: devices }, (_, n) => [
        simulatedDeviceId(n),
        { name: `simulated ${String(n)}`, group: groups[Math.floor(n / groupSize)] },
      ]),
    ),
    ...Object.fromEntries(groups.map((group) => [runningOf(group), runningConfig(version)])),
  };
}

/** What each device of a generated fleet runs. */
function runningConfig(version: string): unknown {
  return {
    config: 'running',
    jobs: [{ job: 'simulated', exec_cmd: 'sleep', exec_args: ['1000000', version] }],
  };
}
