// SPDX-License-Identifier: Apache-2.0
import type { RoleOf, TextRole } from '../placeholders.ts';

const roles: Readonly<Record<string, TextRole>> = {
  job: 'identifier',
  name: 'identifier',
  composite_id: 'identifier',
  exec_cmd: 'command',
  exec_args: 'command',
  exec_pre_args: 'command',
  exec_post_args: 'command',
  env: 'environment',
  add_env: 'environment',
  message: 'content',
  composite_config: 'content',
  data: 'content',
};

/** Of the texts of a running config: the last key says it. */
export const runningConfigRoles: RoleOf = (path) => {
  const key = path.findLast((token) => !/^\d+$/.test(token)) ?? '';
  return (Object.hasOwn(roles, key) ? roles[key] : undefined) ?? 'plain';
};
