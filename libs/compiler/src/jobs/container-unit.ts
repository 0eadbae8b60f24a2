// SPDX-License-Identifier: Apache-2.0
import type { ImageEntry, JobEntry, TemplateEntry } from '@fairlead/spec';
import {
  containerUnit,
  plainAttributes,
  type ContainerImage,
  type ContainerRestart,
  type ContainerUnit,
} from '@fairlead/target';
import type { Definition } from '../definitions.ts';
import { inside, type Findings, type Source } from '../findings.ts';
import type { LockView } from '../lock/lock-view.ts';
import { chrootWanted } from './chroot.ts';
import { commandOf, environment } from './command.ts';
import { milliCpusOf, type PreparedJob } from './job-unit.ts';
import type { ResolvedJob } from './resolve-job.ts';

/** The image of the type docker, as the lock pins it: its url is a reference like `registry.example.org/team/app:1.2`. */
export function dockerImageOf(
  definition: Definition<ImageEntry>,
  lock: LockView,
  findings: Findings,
): ContainerImage | undefined {
  for (const key of ['size', 'checksum'] as const) {
    if (definition.value[key] === undefined) continue;
    findings.add(definition, `/${key}`, {
      code: 'conflicting-settings',
      message: `an image of the type docker is pinned by the digest of its manifest, and has no ${key}`,
      hint: `Leave ${key} out, and run fairlead lock; or write @sha256:… at the end of url.`,
    });
  }
  return lock.image(definition.value.url, inside(definition, 'url'), findings);
}

/** A job whose image is of the type docker: a container that runs the command of the job, or that of the image where it has none. */
export function containerOf(
  job: PreparedJob,
  requires: readonly string[],
  findings: Findings,
): ContainerUnit | undefined {
  refuseWithoutMeaning(job, findings);
  const { user, group, template } = job;
  if (group !== undefined && user === undefined) {
    const message = `the container of job '${job.name}' has a group and no user`;
    findings.add(job.definition, '', { code: 'conflicting-settings', message, hint: 'State user too.' });
  }
  const image = job.docker?.image;
  if (image === undefined) return undefined;
  return containerUnit({
    name: job.name,
    disabled: job.disabled,
    requires,
    attributes: { ...plainAttributes, ...startOf(job), resources: resourcesOf(template?.value.cgroup) },
    image,
    ...processOf(job),
    env: environment(template?.value.add_env ?? [], job.definition.value.env ?? []),
    user: user === undefined ? null : group === undefined ? user : `${user}:${group}`,
    stop: { signal: null, graceMs: job.stopTimeout ?? null },
    restart: restartOf(job),
  });
}

/** With a program, what the image would run has no say; without one, arguments are those of the image's program. */
function processOf(job: ResolvedJob): Pick<ContainerUnit, 'entrypoint' | 'command'> {
  const command = commandOf(job);
  if (command !== undefined) return { entrypoint: [command.program], command: command.args };
  const { exec_pre_args: before = [], exec_post_args: after = [] } = job.template?.value ?? {};
  const args = [...before, ...(job.definition.value.exec_args ?? []), ...after];
  return { entrypoint: null, command: args.length === 0 ? null : args };
}

function startOf({ autostart }: ResolvedJob): Pick<ContainerUnit['attributes'], 'triggers'> {
  const { triggers } = plainAttributes;
  return { triggers: autostart ? triggers : { ...triggers, boot: false } };
}

function resourcesOf(cgroup: TemplateEntry['cgroup'] = {}): ContainerUnit['attributes']['resources'] {
  const { mem_limit: memory = 0, cpu_limit: cores = 0, pids_limit: pids = 0 } = cgroup;
  return {
    memoryBytes: memory === 0 ? null : memory,
    milliCpus: milliCpusOf(cores),
    pids: pids === 0 ? null : pids,
  };
}

/** Engines count restarts only after failures. */
function restartOf({ restart, restartLimit: limit }: ResolvedJob): ContainerRestart {
  if (!restart) return { kind: 'no' };
  return limit === 0 ? { kind: 'always' } : { kind: 'on-failure', limit, maxPauseMs: null };
}

type Key = keyof JobEntry | keyof TemplateEntry;

/** What a container cannot have, and why. */
function refuseWithoutMeaning(job: PreparedJob, findings: Findings): void {
  const { definition, template, member } = job;
  const preset: Partial<TemplateEntry> = template?.value ?? {};
  const refuse = (keys: readonly Key[], meant: boolean, why: string): void => {
    if (!meant) return;
    const [source, key] = statedAt(keys, definition, template);
    findings.add(source, `/${key}`, {
      code: 'not-for-containers',
      message: `${key} has no meaning for the container of job '${job.name}': ${why}`,
    });
  };
  refuse(['message'], (definition.value.message ?? '') !== '', 'nothing is written to its stdin');
  refuse(
    ['wait_for_ok', 'uses_ok_string'],
    job.okString,
    'its output goes to the engine, which looks for no !!OK!!',
  );
  refuse(['defer_running_status'], job.defer > 0, 'it is ready when its engine says that it runs');
  refuse(['inherit_env'], job.inheritEnv, 'it sees nothing of the agent');
  refuse(['die_on_parent_death'], job.dieWithAgent, 'it belongs to the engine, which outlives the agent');
  refuse(['daemonize'], job.daemonize, 'it is a session of its own anyhow');
  refuse(['restart_pause'], job.restartPause > 0, 'the engine chooses the pause, doubling it each time');
  refuse(['send_grease_origin_id'], preset.send_grease_origin_id === true, 'runs of it are not counted here');
  refuse(
    ['chroot_image', 'chrootimage', 'ChrootImage'],
    chrootWanted({ name: '', ...preset }),
    'its image is its root anyhow',
  );
  refuse(['chroot_path'], (preset.chroot_path ?? '') !== '', 'its image is its root');
  const [config] = member.configs;
  if (config === undefined) return;
  const message = `the config '${config.name}' cannot reach the container of job '${job.name}': it sees no folder of the device`;
  const hint = 'Give it by env, or put it into the image.';
  findings.add(definition, '', { code: 'not-for-containers', message, hint });
}

/** The first of these keys that the job states, else the first that its template states. */
function statedAt(
  keys: readonly Key[],
  definition: Definition<JobEntry>,
  template: Definition<TemplateEntry> | undefined,
): readonly [Source, Key] {
  for (const source of [definition, ...(template === undefined ? [] : [template])]) {
    const key = keys.find((one) => Object.hasOwn(source.value, one));
    if (key !== undefined) return [source, key];
  }
  return [definition, keys[0] ?? 'job'];
}
