// SPDX-License-Identifier: Apache-2.0
import { sortedBy } from '@fairlead/base';
import type { ChecksumEntry, ConfigEntry, ImageEntry, RunningConfig, TemplateEntry } from '@fairlead/spec';
import type { Definitions } from '../definitions.ts';
import { createFindings } from '../findings.ts';
import { chrootWanted } from './chroot.ts';
import { commandOf, compositeCommand, environment } from './command.ts';
import { configInUse } from './config.ts';
import { resolveJob, type ResolvedJob } from './resolve-job.ts';

/**
 * A running config with every template merged into its jobs and every default written out, in the words of the language; lists that
 * have no order of their own are sorted. Null: nothing is stated, and nothing takes its place.
 */
export interface FlatRunningConfig {
  readonly config: 'running';
  readonly date: number | null;
  readonly op: 'update';
  readonly flags: readonly string[];
  readonly jobs: readonly FlatJob[];
  readonly templates: readonly FlatTemplate[];
  readonly images: readonly FlatImage[];
  readonly configs: readonly FlatConfig[];
}

type FlatJob = ReturnType<typeof flatJob>;
type FlatTemplate = ReturnType<typeof flatTemplate>;
type FlatImage = ReturnType<typeof flatImage>;
type FlatConfig = ReturnType<typeof flatConfig>;

export function flatRunningConfig(
  { date, flags = [] }: RunningConfig,
  definitions: Definitions,
): FlatRunningConfig {
  // What is wrong has been said where the jobs were compiled.
  const findings = createFindings();
  const jobs = [...definitions.jobs.values()].map((job) => resolveJob(job, definitions, findings));
  const configs = [...definitions.configs.values()].flatMap((all) => [...all.values()]);
  return {
    config: 'running',
    date: date ?? null,
    op: 'update',
    flags,
    jobs: sortedBy(jobs, ({ name }) => name).map((job) => flatJob(job, definitions)),
    templates: sortedBy([...definitions.templates.values()], ({ value }) => value.name).map(({ value }) =>
      flatTemplate(value),
    ),
    images: sortedBy([...definitions.images.values()], ({ value }) => value.job).map(({ value }) =>
      flatImage(value),
    ),
    configs: sortedBy(configs, ({ value }) => JSON.stringify([value.job, value.name])).map(({ value }) =>
      flatConfig(value),
    ),
  };
}

function flatJob(job: ResolvedJob, { configs }: Definitions) {
  const { definition, template, compositeId } = job;
  const { value } = definition;
  const preset = flatTemplate(template?.value ?? { name: '' });
  const composite = compositeId !== '';
  const command = composite ? template && compositeCommand(template) : commandOf(job);
  return {
    job: job.name,
    composite_id: compositeId,
    container_template: value.container_template ?? '',
    /** As it will run; null: nothing here says. That of a composite's member is the command of its process. */
    argv: command === undefined ? null : [command.program, ...command.args],
    env: Object.entries(environment(preset.add_env, composite ? [] : (value.env ?? []))).map((pair) =>
      pair.join('='),
    ),
    inherit_env: job.inheritEnv,
    config: configInUse(definition, configs.get(job.name) ?? new Map(), true, createFindings()),
    message: value.message ?? '',
    send_composite_jobs_to_stdin: composite && preset.send_composite_jobs_to_stdin,
    composite_config: composite ? preset.composite_config : '',
    send_grease_origin_id: preset.send_grease_origin_id,
    disabled: job.disabled,
    no_autostart: !job.autostart,
    depends_on: [...new Set(job.requires.map(({ name }) => name))].toSorted(),
    wait_for_ok: job.okString,
    timeout_for_ok: preset.timeout_for_ok,
    defer_running_status: job.defer,
    restart: job.restart,
    restart_limit: job.restartLimit,
    restart_pause: job.restartPause,
    restart_on_dependency_fail: job.restartOnDependencyFail,
    stop_timeout: job.stopTimeout ?? null,
    die_on_parent_death: job.dieWithAgent,
    daemonize: job.daemonize,
    user: job.user ?? null,
    group: job.group ?? null,
    cgroup: preset.cgroup,
    chroot_image: preset.chroot_image,
    chroot_path: preset.chroot_path,
  };
}

function flatTemplate(template: TemplateEntry) {
  const { cgroup = {} } = template;
  return {
    name: template.name,
    exec_cmd: template.exec_cmd ?? '',
    exec_pre_args: template.exec_pre_args ?? [],
    exec_post_args: template.exec_post_args ?? [],
    add_env: template.add_env ?? [],
    inherit_env: template.inherit_env ?? false,
    send_composite_jobs_to_stdin: template.send_composite_jobs_to_stdin ?? false,
    composite_config: template.composite_config ?? '',
    send_grease_origin_id: template.send_grease_origin_id ?? false,
    depends_on: template.depends_on ?? [],
    uses_ok_string: template.uses_ok_string ?? false,
    timeout_for_ok: template.timeout_for_ok ?? 0,
    defer_running_status: template.defer_running_status ?? 0,
    restart: template.restart ?? false,
    restart_limit: template.restart_limit ?? 0,
    restart_pause: template.restart_pause ?? 0,
    restart_on_dependency_fail: template.restart_on_dependency_fail ?? false,
    stop_timeout: template.stop_timeout ?? null,
    die_on_parent_death: template.die_on_parent_death ?? false,
    user: template.user ?? null,
    group: template.group ?? null,
    cgroup: {
      mem_limit: cgroup.mem_limit ?? 0,
      cpu_limit: cgroup.cpu_limit ?? 0,
      pids_limit: cgroup.pids_limit ?? 0,
    },
    chroot_image: chrootWanted(template),
    chroot_path: template.chroot_path ?? '',
    immutable: template.immutable ?? false,
  };
}

function flatImage({ job, version, url, size, checksum, image_type }: ImageEntry) {
  return { job, version, url, size: size ?? 0, checksum: flatChecksum(checksum), image_type };
}

function flatConfig({ name, job, data, encoding, files = [] }: ConfigEntry) {
  return {
    name,
    job,
    data: data ?? null,
    encoding: encoding === 'base64' ? 'base64' : 'utf8',
    files: files.map(({ url, dest_relative_path, size, checksum }) => ({
      url,
      dest_relative_path: dest_relative_path.replace(/^\/+/, ''),
      size: size ?? 0,
      checksum: flatChecksum(checksum),
    })),
  };
}

function flatChecksum(checksum: ChecksumEntry | undefined): ChecksumEntry | null {
  return checksum === undefined ? null : { type: checksum.type, value: checksum.value.toLowerCase() };
}
