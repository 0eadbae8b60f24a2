// SPDX-License-Identifier: Apache-2.0
import { err, ok, type Result } from '@fairlead/base';
import type { ContainerSettings } from '../container-settings.ts';
import type { SettingProblem } from '../setting-problem.ts';
import { plainAttributes, type Resources } from '../unit-attributes.ts';
import { filesOf } from './files.ts';
import { networkOf } from './network.ts';
import { createParameterReader, type ParameterReader } from './parameter-reader.ts';
import { processOf } from './process.ts';
import { rightsOf } from './rights.ts';
import { flag } from './values.ts';

export interface StartupParameters {
  readonly settings: ContainerSettings;
  readonly resources: Resources;
}

/**
 * AutoPi's startup parameters, by their names and in the writings that Salt takes, but strictly: nothing is taken for true because it is
 * not empty, and no key is passed over. `resources`: bounds that are set beside them. Lists every problem; never throws.
 */
export function parseStartupParameters(
  parameters: Readonly<Record<string, unknown>>,
  resources: Resources = plainAttributes.resources,
): Result<StartupParameters, readonly SettingProblem[]> {
  const problems: SettingProblem[] = [];
  const reader = createParameterReader(parameters, (problem) => problems.push(problem));
  const { resources: bounds, ...rights } = rightsOf(reader, resources);
  const settings = { ...processOf(reader), ...filesOf(reader), ...networkOf(reader), ...rights };
  refuseOtherOrders(reader);
  return problems.length > 0 ? err(problems) : ok({ settings, resources: bounds });
}

/** What Salt itself is told; the agent does what these say where nothing is said. */
function refuseOtherOrders(reader: ParameterReader): void {
  const orders = [
    ['force', false, 'a container is made anew only where something changed'],
    ['start', true, 'when a container starts is said by its triggers'],
    ['validate_ip_addrs', true, 'addresses are always checked'],
  ] as const;
  for (const [name, meant, why] of orders) {
    const given = reader.read(name, flag);
    if (given !== undefined && given !== meant)
      reader.conflict(name, why, 'Leave it out; triggers: [] lets a container wait for a request.');
  }
}
