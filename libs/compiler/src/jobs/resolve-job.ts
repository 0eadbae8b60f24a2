// SPDX-License-Identifier: Apache-2.0
import type { JobEntry, TemplateEntry } from '@fairlead/spec';
import type { Definition, Definitions } from '../definitions.ts';
import { inside, type Findings } from '../findings.ts';
import type { Requirement } from '../units/unit-draft.ts';

/** A job with what its template gives it. What the job states counts, even where it states no or nothing. */
export interface ResolvedJob {
  readonly name: string;
  readonly definition: Definition<JobEntry>;
  /** Undefined where the job names none, or one that does not exist. */
  readonly template: Definition<TemplateEntry> | undefined;
  readonly compositeId: string;
  readonly disabled: boolean;
  readonly autostart: boolean;
  readonly daemonize: boolean;
  readonly inheritEnv: boolean;
  readonly dieWithAgent: boolean;
  readonly okString: boolean;
  /** Milliseconds. */
  readonly defer: number;
  readonly restart: boolean;
  readonly restartLimit: number;
  /** Milliseconds. */
  readonly restartPause: number;
  readonly restartOnDependencyFail: boolean;
  /** Milliseconds. */
  readonly stopTimeout: number | undefined;
  readonly user: string | undefined;
  readonly group: string | undefined;
  /** Jobs of both `depends_on`, each with the place that names it. */
  readonly requires: readonly Omit<Requirement, 'counts'>[];
}

export function resolveJob(
  definition: Definition<JobEntry>,
  definitions: Definitions,
  findings: Findings,
): ResolvedJob {
  const job = definition.value;
  const template = templateOf(definition, definitions, findings);
  const preset: Partial<TemplateEntry> = template?.value ?? {};
  return {
    name: job.job,
    definition,
    template,
    compositeId: job.composite_id ?? '',
    disabled: job.disabled ?? false,
    autostart: !(job.no_autostart ?? false),
    daemonize: job.daemonize ?? false,
    inheritEnv: job.inherit_env ?? preset.inherit_env ?? false,
    dieWithAgent: job.die_on_parent_death ?? preset.die_on_parent_death ?? false,
    okString: job.wait_for_ok ?? preset.uses_ok_string ?? false,
    defer: job.defer_running_status ?? preset.defer_running_status ?? 0,
    restart: job.restart ?? preset.restart ?? false,
    restartLimit: job.restart_limit ?? preset.restart_limit ?? 0,
    restartPause: job.restart_pause ?? preset.restart_pause ?? 0,
    restartOnDependencyFail: job.restart_on_dependency_fail ?? preset.restart_on_dependency_fail ?? false,
    stopTimeout: job.stop_timeout ?? preset.stop_timeout,
    user: job.user ?? preset.user,
    group: job.group ?? preset.group,
    requires: [
      ...requirementsOf(definition, `job '${job.job}'`),
      ...(template === undefined ? [] : requirementsOf(template, `template '${template.value.name}'`)),
    ],
  };
}

function templateOf(
  definition: Definition<JobEntry>,
  definitions: Definitions,
  findings: Findings,
): Definition<TemplateEntry> | undefined {
  const name = definition.value.container_template ?? '';
  if (name === '') return undefined;
  const template = definitions.templates.get(name);
  if (template === undefined && !definitions.gaps.has('templates')) {
    findings.add(definition, '/container_template', {
      code: 'template-undefined',
      message: `the template '${name}' of job '${definition.value.job}' is not defined`,
    });
  }
  return template;
}

function requirementsOf(
  definition: Definition<JobEntry | TemplateEntry>,
  by: string,
): ResolvedJob['requires'] {
  return (definition.value.depends_on ?? []).flatMap((name, index) => [
    { name, by, source: inside(definition, 'depends_on', index) },
  ]);
}
