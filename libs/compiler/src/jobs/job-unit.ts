// SPDX-License-Identifier: Apache-2.0
import type { TemplateEntry } from '@fairlead/spec';
import {
  plainAttributes,
  type ContainerImage,
  type JobMember,
  type JobReadiness,
  type JobRestart,
  type JobStdin,
  type JobUnit,
  type UnitAttributes,
} from '@fairlead/target';
import type { Definition } from '../definitions.ts';
import { inside, type Findings } from '../findings.ts';
import { chrootOf } from './chroot.ts';
import { commandOf, compositeCommand, environment, type Command } from './command.ts';
import type { ResolvedJob } from './resolve-job.ts';

/** A job with its image and configs as the device gets them. */
export interface PreparedJob extends ResolvedJob {
  readonly member: JobMember;
  /** The image of a container instead of a process of ours; undefined where it cannot be used, which is said elsewhere. */
  readonly docker: { readonly image: ContainerImage | undefined } | null;
  /** Also where the image cannot be used: that is said elsewhere. */
  readonly hasImage: boolean;
}

/** The one process of a job that has no composite id. */
export function singleUnit(
  job: PreparedJob,
  requires: readonly string[],
  findings: Findings,
): JobUnit | undefined {
  const { definition, template } = job;
  const command = commandOf(job);
  // A template that does not exist is reported; whether it had a program, nobody knows.
  if (
    command === undefined &&
    (template !== undefined || (definition.value.container_template ?? '') === '')
  ) {
    findings.add(definition, '', {
      code: 'missing-command',
      message: `the job '${job.name}' has no exec_cmd`,
      lacks: [
        inside(definition, 'exec_cmd'),
        inside(definition, 'container_template'),
        ...(template === undefined ? [] : [inside(template, 'exec_cmd')]),
      ],
    });
  }
  const env = environment(template?.value.add_env ?? [], definition.value.env ?? []);
  const message = definition.value.message ?? '';
  const stdin: JobStdin = message === '' ? { kind: 'none' } : { kind: 'message', text: message };
  const unit = unitOf(job.name, [job], template, requires, findings);
  return command === undefined ? undefined : { ...unit, ...command, env, stdin, members: [job.member] };
}

/** The one process of all jobs with one composite id: what its members want is combined, its command is the template's. */
export function compositeUnit(
  name: string,
  jobs: readonly PreparedJob[],
  template: Definition<TemplateEntry>,
  requires: readonly string[],
  findings: Findings,
): JobUnit | undefined {
  const command: Command | undefined = compositeCommand(template);
  const {
    add_env: env = [],
    send_composite_jobs_to_stdin: sends = false,
    composite_config: config = '',
  } = template.value;
  const stdin: JobStdin = sends
    ? { kind: 'composite', processConfig: config === '' ? null : config }
    : { kind: 'none' };
  const members = jobs.filter(({ disabled }) => !disabled).map(({ member }) => member);
  const unit = unitOf(name, jobs, template, requires, findings);
  return command === undefined ? undefined : { ...unit, ...command, env: environment(env), stdin, members };
}

type Common = Omit<JobUnit, 'program' | 'args' | 'env' | 'stdin' | 'members'>;

function unitOf(
  name: string,
  all: readonly PreparedJob[],
  template: Definition<TemplateEntry> | undefined,
  requires: readonly string[],
  findings: Findings,
): Common {
  const jobs = liveJobs(all);
  const graces = jobs.flatMap(({ stopTimeout }) => stopTimeout ?? []);
  const { mem_limit: memory = 0, ...limits } = template?.value.cgroup ?? {};
  const attributes = attributesOf(limits);
  return {
    domain: 'jobs',
    name,
    disabled: all.every(({ disabled }) => disabled),
    autostart: jobs.some(({ autostart }) => autostart),
    requires,
    inheritEnv: jobs.some(({ inheritEnv }) => inheritEnv),
    originId: template?.value.send_grease_origin_id ?? false,
    daemonize: jobs.some(({ daemonize }) => daemonize),
    dieWithAgent: jobs.some(({ dieWithAgent }) => dieWithAgent),
    ready: readiness(jobs, template, findings),
    restart: restartOf(jobs),
    stop: { graceMs: graces.length === 0 ? null : Math.max(...graces) },
    user: agreed(jobs, 'user', findings),
    group: agreed(jobs, 'group', findings),
    memoryLimit: memory === 0 ? null : memory,
    ...(attributes === undefined ? {} : { attributes }),
    chroot: chrootOf(jobs, template, findings),
  };
}

/** Thousandths of a core; what is less than the least that can be said is still a limit. */
export function milliCpusOf(cores: number): number | null {
  return cores === 0 ? null : Math.max(1, Math.round(cores * 1000));
}

/** Limits that jobs have no field of their own for; undefined where nothing is limited. Memory is none of them. */
function attributesOf({
  cpu_limit: cores = 0,
  pids_limit: pids = 0,
}: Omit<NonNullable<TemplateEntry['cgroup']>, 'mem_limit'>): UnitAttributes | undefined {
  if (cores === 0 && pids === 0) return undefined;
  return {
    ...plainAttributes,
    resources: {
      memoryBytes: null,
      milliCpus: milliCpusOf(cores),
      pids: pids === 0 ? null : pids,
    },
  };
}

/** Disabled members have no say, unless all are. */
export function liveJobs<T extends ResolvedJob>(jobs: readonly T[]): readonly T[] {
  const enabled = jobs.filter(({ disabled }) => !disabled);
  return enabled.length === 0 ? jobs : enabled;
}

function readiness(
  jobs: readonly PreparedJob[],
  template: Definition<TemplateEntry> | undefined,
  findings: Findings,
): JobReadiness {
  const ms = Math.max(...jobs.map(({ defer }) => defer));
  const waits = jobs.find(({ okString }) => okString);
  if (waits === undefined) return ms > 0 ? { kind: 'delay', ms } : { kind: 'started' };
  const against = jobs.find(({ okString }) => !okString);
  if (against !== undefined) {
    findings.add(against.definition, '', {
      severity: 'warning',
      code: 'conflicting-settings',
      message: `the job '${against.name}' does not wait for !!OK!!, but its process does, for '${waits.name}'`,
      other: waits.definition,
      hint: 'Say wait_for_ok alike for all jobs of the composite, or uses_ok_string in its template.',
    });
  }
  if (ms > 0) {
    findings.add(waits.definition, '', {
      severity: 'warning',
      code: 'conflicting-settings',
      message: `the job '${waits.name}' waits for !!OK!! and has defer_running_status; the latter has no effect`,
    });
  }
  return { kind: 'ok-string', timeoutMs: template?.value.timeout_for_ok ?? 0 };
}

/** Any member that wants a restart gets one; of several limits the largest counts, and 0 is no limit. */
function restartOf(jobs: readonly PreparedJob[]): JobRestart {
  const wanting = jobs.filter(({ restart }) => restart);
  const limits = wanting.map(({ restartLimit }) => restartLimit);
  return {
    enabled: wanting.length > 0,
    limit: limits.includes(0) ? 0 : Math.max(0, ...limits),
    pauseMs: Math.max(0, ...wanting.map(({ restartPause }) => restartPause)),
    onDependencyFail: jobs.some(({ restartOnDependencyFail }) => restartOnDependencyFail),
  };
}

/** One process has one user and one group. */
function agreed(jobs: readonly PreparedJob[], key: 'user' | 'group', findings: Findings): string | null {
  const stated = jobs.filter((job) => job[key] !== undefined);
  const first = stated[0];
  const other = stated.find((job) => job[key] !== first?.[key]);
  if (first !== undefined && other !== undefined) {
    const message = `the members of one process have different values of ${key}`;
    findings.add(other.definition, '', { code: 'composite-invalid', message, other: first.definition });
  }
  return first?.[key] ?? null;
}
