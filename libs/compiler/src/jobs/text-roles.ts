// SPDX-License-Identifier: Apache-2.0
import { roleByLastKey } from '../text-role.ts';

/** Of the texts of a running config. */
export const runningConfigRoles = roleByLastKey({
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
});
