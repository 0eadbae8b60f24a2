// SPDX-License-Identifier: Apache-2.0
import type { JobConfig, JobDefinition } from '@fairlead/target';
import type { ResolvedJob } from './resolve-job.ts';

/** What a composite's process reads about a member: the job as it states itself, Maestro's defaults for the rest. */
export function jobDefinition(
  { definition, name }: ResolvedJob,
  config: JobConfig | undefined,
): JobDefinition {
  const job = definition.value;
  return {
    job: name,
    composite_id: job.composite_id ?? '',
    container_template: job.container_template ?? '',
    config: config === undefined ? '' : configText(config),
    config_name: config?.name ?? 'default',
    message: job.message ?? '',
    wait_for_ok: job.wait_for_ok ?? false,
    defer_running_status: job.defer_running_status ?? 0,
    no_autostart: job.no_autostart ?? false,
    restart: job.restart ?? false,
    restart_on_dependency_fail: job.restart_on_dependency_fail ?? false,
    restart_limit: job.restart_limit ?? 0,
    restart_pause: job.restart_pause ?? 0,
    depends_on: job.depends_on ?? null,
    exec_cmd: job.exec_cmd ?? '',
    exec_args: job.exec_args ?? null,
    pgid: job.pgid ?? 0,
    env: job.env ?? null,
    inherit_env: job.inherit_env ?? false,
    die_on_parent_death: job.die_on_parent_death ?? false,
    daemonize: job.daemonize ?? false,
    immutable: job.immutable ?? false,
  };
}

/** As text, where base64 holds text; else as written, since JSON carries no bytes. */
function configText({ data, encoding }: JobConfig): string {
  if (data === null) return '';
  if (encoding === 'utf8') return data;
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.from(data, 'base64'));
  } catch {
    return data;
  }
}
