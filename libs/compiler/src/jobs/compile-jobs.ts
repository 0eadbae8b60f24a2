// SPDX-License-Identifier: Apache-2.0
import type { ConfigEntry } from '@fairlead/spec';
import { targetLimits, type JobUnit } from '@fairlead/target';
import type { Definition, Definitions } from '../definitions.ts';
import type { Findings } from '../findings.ts';
import type { LockView } from '../lock/lock-view.ts';
import type { UnitDraft } from '../units/unit-draft.ts';
import { compositeTemplate, processGroups, type ProcessGroup } from './composites.ts';
import { configInUse, configsOf } from './config.ts';
import { containerOf, dockerImageOf } from './container-unit.ts';
import { imageOf, isDocker } from './image.ts';
import { checkDeviceNames } from './device-names.ts';
import { jobDefinition } from './job-definition.ts';
import { compositeUnit, liveJobs, singleUnit, type PreparedJob } from './job-unit.ts';
import { remarkOnImage, remarkOnJob } from './remarks.ts';
import { resolveJob, type ResolvedJob } from './resolve-job.ts';

/** What the definitions of a group mean: its units, before they are held against those of other sources. */
export function draftJobs(
  definitions: Definitions,
  lock: LockView,
  findings: Findings,
): readonly UnitDraft[] {
  refuseOrphans(definitions, findings);
  const jobs = [...definitions.jobs.values()].map((job) =>
    prepare(resolveJob(job, definitions, findings), definitions, lock, findings),
  );
  return processGroups(jobs, findings).flatMap((group) => draftOf(group, findings) ?? []);
}

/** Images and configs belong to a job by its name. */
function refuseOrphans({ jobs, images, configs, gaps }: Definitions, findings: Findings): void {
  if (gaps.has('jobs')) return;
  const orphans: readonly (readonly [string, string, Definition<unknown>])[] = [
    ...[...images].map(([job, image]) => [job, 'image', image] as const),
    ...[...configs].flatMap(([job, all]) =>
      [...all].map(([name, config]) => [job, `config '${name}'`, config] as const),
    ),
  ];
  for (const [job, what, definition] of orphans) {
    if (jobs.has(job)) continue;
    findings.add(definition, '/job', {
      code: 'job-undefined',
      message: `the ${what} belongs to the job '${job}', which does not exist`,
      suggest: { written: job, among: () => jobs.keys() },
    });
  }
}

function prepare(
  job: ResolvedJob,
  { images, configs: all, gaps }: Definitions,
  lock: LockView,
  findings: Findings,
): PreparedJob {
  const own = all.get(job.name) ?? new Map<string, Definition<ConfigEntry>>();
  const used = configInUse(job.definition, own, gaps.has('configs'), findings);
  const configs = configsOf(own, { job: job.definition, used }, lock, findings);
  const image = images.get(job.name);
  remarkOnJob(job, findings);
  if (image !== undefined) remarkOnImage(job, image, findings);
  const sends = job.compositeId !== '' && job.template?.value.send_composite_jobs_to_stdin === true;
  return {
    ...job,
    hasImage: image !== undefined || gaps.has('images'),
    docker: image !== undefined && isDocker(image) ? { image: dockerImageOf(image, lock, findings) } : null,
    member: {
      name: job.name,
      image: (image === undefined ? undefined : imageOf(image, lock, findings)) ?? null,
      configs,
      config: used,
      definition: sends
        ? jobDefinition(
            job,
            configs.find(({ name }) => name === used),
          )
        : null,
    },
  };
}

function draftOf(group: ProcessGroup<PreparedJob>, findings: Findings): UnitDraft | undefined {
  const { name, composite, jobs } = group;
  const [first] = jobs;
  const extra = jobs[targetLimits.members];
  if (extra !== undefined) {
    const message = `a composite has at most ${String(targetLimits.members)} members`;
    findings.add(extra.definition, '', { code: 'too-many', message });
  }
  if (first === undefined || extra !== undefined) return undefined;
  checkDeviceNames(group, findings);
  const live = new Set(liveJobs(jobs));
  const isContainer = !composite && first.docker !== null;
  return {
    domain: isContainer ? 'containers' : 'jobs',
    name,
    what: composite ? `composite '${name}'` : `job '${name}'`,
    source: first.definition,
    members: composite ? jobs.map((job) => job.name) : [],
    requires: jobs.flatMap((job) =>
      job.requires.map((requirement) => ({ ...requirement, counts: live.has(job) })),
    ),
    make: (requires) =>
      isContainer ? containerOf(first, requires, findings) : compileGroup(group, requires, findings),
  };
}

function compileGroup(
  group: ProcessGroup<PreparedJob>,
  requires: readonly string[],
  findings: Findings,
): JobUnit | undefined {
  if (!group.composite) return group.jobs.map((job) => singleUnit(job, requires, findings))[0];
  const template = compositeTemplate(group, findings);
  return template === undefined
    ? undefined
    : compositeUnit(group.name, group.jobs, template, requires, findings);
}
