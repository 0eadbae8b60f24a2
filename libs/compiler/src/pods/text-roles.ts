// SPDX-License-Identifier: Apache-2.0
import type { RoleOf, TextRole } from '../placeholders.ts';

const roles: Readonly<Record<string, TextRole>> = {
  $schema: 'identifier',
  // Which files a commit means is the same for all devices.
  entrypoint: 'identifier',
  snapshot: 'identifier',
  firmware: 'identifier',
  'running-config': 'identifier',
  requires: 'identifier',
  'remove-containers': 'identifier',
  arguments: 'command',
  command: 'command',
  password: 'content',
  config: 'content',
};

/** Of the texts of a flattened pod specification. */
export const podRoles: RoleOf = (path) => {
  const [, , key = '', setting = '', item] = path;
  if (key === 'settings') return settingRole(setting, item);
  const last = path.findLast((token) => !/^\d+$/.test(token)) ?? '';
  return (Object.hasOwn(roles, last) ? roles[last] : undefined) ?? 'plain';
};

/** Of a container; environments are lists of `NAME=value`, or mappings. */
function settingRole(setting: string, item: string | undefined): TextRole {
  if (setting === 'entrypoint' || setting === 'command') return 'command';
  if (setting !== 'environment') return 'plain';
  return item === undefined || /^\d+$/.test(item) ? 'environment' : 'content';
}
