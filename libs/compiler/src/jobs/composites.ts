// SPDX-License-Identifier: Apache-2.0
import { sortedBy } from '@fairlead/base';
import type { TemplateEntry } from '@fairlead/spec';
import type { Definition } from '../definitions.ts';
import { inside, type Finding, type Findings } from '../findings.ts';
import type { PreparedJob } from './job-unit.ts';
import type { ResolvedJob } from './resolve-job.ts';

/** What runs as one process: a job alone, or all jobs of one composite id. */
export interface ProcessGroup<T extends ResolvedJob> {
  /** Name of the unit. */
  readonly name: string;
  readonly composite: boolean;
  /** Sorted by name. */
  readonly jobs: readonly T[];
}

/** Jobs by the process that they run in. A unit name must mean one thing: jobs and composites share their names. */
export function processGroups<T extends ResolvedJob>(
  jobs: readonly T[],
  findings: Findings,
): readonly ProcessGroup<T>[] {
  const composites = Map.groupBy(
    jobs.filter(({ compositeId }) => compositeId !== ''),
    ({ compositeId }) => compositeId,
  );
  for (const job of jobs) {
    const namesake = composites.get(job.name)?.[0];
    if (namesake === undefined || job.compositeId === job.name) continue;
    findings.add(job.definition, '/job', {
      code: 'duplicate-definition',
      message: `'${job.name}' is a job and a composite`,
      other: namesake.definition,
    });
  }
  const singles = jobs.filter(({ compositeId }) => compositeId === '');
  return [
    ...singles.map((job) => ({ name: job.name, composite: false, jobs: [job] })),
    ...[...composites].map(([name, members]) => ({
      name,
      composite: true,
      jobs: sortedBy(members, (job) => job.name),
    })),
  ];
}

/** The template of a composite's process, if the members make one; else undefined, with findings for each rule that is broken. */
export function compositeTemplate(
  { name, jobs }: ProcessGroup<PreparedJob>,
  findings: Findings,
): Definition<TemplateEntry> | undefined {
  const first = jobs.find(({ definition }) => (definition.value.container_template ?? '') !== '')?.definition;
  const invalid = (job: PreparedJob, path: string, message: string, more: Partial<Finding> = {}): void => {
    findings.add(job.definition, path, { code: 'composite-invalid', message, ...more });
  };
  for (const job of jobs) {
    const { container_template: wanted = '', message = '' } = job.definition.value;
    if (job.docker !== null) {
      const hint = 'Take its composite_id out, or pack it as a tarball.';
      const message = `the job '${job.name}' of the composite '${name}' is a container: that is a process of its own`;
      invalid(job, '/composite_id', message, { hint });
    }
    if (wanted === '') {
      invalid(job, '', `the job '${job.name}' of the composite '${name}' has no template`, {
        lacks: [inside(job.definition, 'container_template')],
      });
    } else if (first !== undefined && wanted !== first.value.container_template) {
      invalid(job, '/container_template', `the members of the composite '${name}' have different templates`, {
        other: first,
        lacks: [inside(first, 'container_template')],
      });
    }
    if (message !== '')
      invalid(
        job,
        '/message',
        `the job '${job.name}' of the composite '${name}' has a message: stdin belongs to the group`,
      );
  }
  const template = jobs.find((job) => job.template !== undefined)?.template;
  if (template !== undefined && (template.value.exec_cmd ?? '') === '') {
    const message = `the template '${template.value.name}' of a composite has no exec_cmd`;
    const lacks = [inside(template, 'exec_cmd')];
    findings.add(template, '', { code: 'composite-invalid', message, lacks });
    return undefined;
  }
  return template;
}
