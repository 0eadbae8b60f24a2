// SPDX-License-Identifier: Apache-2.0
import { isIndex, roleByLastKey, type RoleOf, type TextRole } from '../text-role.ts';

const ofKeys = roleByLastKey({
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
});

/** Of the texts of a flattened pod specification. */
export const podRoles: RoleOf = (path) => {
  const [, , key = '', setting = '', item] = path;
  return key === 'settings' ? settingRole(setting, item) : ofKeys(path);
};

/** Of a container; environments are lists of `NAME=value`, or mappings. */
function settingRole(setting: string, item: string | undefined): TextRole {
  if (setting === 'entrypoint' || setting === 'command') return 'command';
  if (setting !== 'environment') return 'plain';
  return item === undefined || isIndex(item) ? 'environment' : 'content';
}
