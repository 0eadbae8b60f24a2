// SPDX-License-Identifier: Apache-2.0
import type { LocatedState } from '@fairlead/spec';
import type { RoleOf } from '../text-role.ts';

/** Of the texts of a desired state, by paths into the state: the key beside a value says it. */
export function desiredStateRoles({ state }: LocatedState): RoleOf {
  return ([list, domain, kind, component, field, entry, part]) => {
    if (list !== 'domains' || kind !== 'components' || (field !== 'version' && part !== 'value'))
      return list === 'baselines' ? 'content' : 'identifier';
    const config = state.domains?.[Number(domain)]?.components?.[Number(component)]?.config;
    switch (config?.[Number(entry)]?.key) {
      case 'env':
        return 'environment';
      case 'cmd':
        return 'command';
      default:
        return 'plain';
    }
  };
}
