// SPDX-License-Identifier: Apache-2.0
import type { JobDefinition, JobMember, JobUnit } from '@fairlead/target';

/**
 * A job as Maestro's clients read its definition. What its group's process is told of it stands in the target state; of any other job
 * it is what runs: its template is worked into it and has no name any more. Placeholders and secrets are not filled in.
 */
export function definitionOf(unit: JobUnit, member: JobMember): JobDefinition {
  if (member.definition !== null) return member.definition;
  const config = member.configs.find(({ name }) => name === member.config);
  return {
    job: member.name,
    composite_id: member.name === unit.name ? '' : unit.name,
    container_template: '',
    config: config?.data ?? '',
    config_name: config?.name ?? 'default',
    message: unit.stdin.kind === 'message' ? unit.stdin.text : '',
    wait_for_ok: unit.ready.kind === 'ok-string',
    defer_running_status: unit.ready.kind === 'delay' ? unit.ready.ms : 0,
    no_autostart: !unit.autostart,
    restart: unit.restart.enabled,
    restart_on_dependency_fail: unit.restart.onDependencyFail,
    restart_limit: unit.restart.limit,
    restart_pause: unit.restart.pauseMs,
    depends_on: orNull(unit.requires),
    exec_cmd: unit.program,
    exec_args: orNull(unit.args),
    pgid: 0,
    env: orNull(Object.entries(unit.env).map(([name, value]) => `${name}=${value}`)),
    inherit_env: unit.inheritEnv,
    die_on_parent_death: unit.dieWithAgent,
    daemonize: unit.daemonize,
    immutable: false,
  };
}

/** As Maestro writes a list of nothing. */
function orNull(list: readonly string[]): readonly string[] | null {
  return list.length === 0 ? null : list;
}
