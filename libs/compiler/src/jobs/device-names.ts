// SPDX-License-Identifier: Apache-2.0
import type { JobEntry, TemplateEntry } from '@fairlead/spec';
import type { Definition } from '../definitions.ts';
import { inside, type Findings } from '../findings.ts';
import type { PreparedJob } from './job-unit.ts';

const commandKeys = ['exec_cmd', 'exec_args', 'exec_pre_args', 'exec_post_args', 'env', 'add_env'] as const;

/** Why a name that the device fills in has no value in some texts. */
type Missing = readonly [name: 'IMAGE' | 'CONFIG' | 'any', why: string];

/** Refuses commands that the device could not fill in: that would be found out only when the job starts. */
export function checkDeviceNames(
  { composite, jobs }: { readonly composite: boolean; readonly jobs: readonly PreparedJob[] },
  findings: Findings,
): void {
  for (const job of jobs) {
    if (job.docker !== null) {
      const why: Missing = ['any', `the container of job '${job.name}' sees no folder of the device`];
      checkTexts(job.definition, why, findings);
      if (job.template !== undefined) checkTexts(job.template, why, findings);
    } else if (!job.hasImage) {
      const why: Missing = ['IMAGE', `the job '${job.name}' has no image`];
      checkTexts(job.definition, why, findings);
      if (!composite && job.template !== undefined) checkTexts(job.template, why, findings);
    }
  }
  const template = jobs[0]?.template;
  if (!composite || template === undefined) return;
  const live = jobs.filter(({ disabled }) => !disabled);
  const images = new Set(live.map(({ member }) => member.image?.digest ?? ''));
  const name = jobs[0]?.compositeId ?? '';
  if (live.every(({ hasImage }) => !hasImage)) {
    checkTexts(template, ['IMAGE', `no job of the composite '${name}' has an image`], findings);
  } else if (images.size > 1) {
    checkTexts(template, ['IMAGE', `the jobs of the composite '${name}' have different images`], findings);
  }
  if (live.length > 1) {
    checkTexts(
      template,
      ['CONFIG', `each job of the composite '${name}' has a config folder of its own`],
      findings,
    );
  }
}

function checkTexts(
  definition: Definition<JobEntry | TemplateEntry>,
  [name, why]: Missing,
  findings: Findings,
): void {
  const placeholder =
    name === 'any'
      ? /\{\{\s*(?:IMAGE|CONFIG|JOB|THISDIR|CWD|thisdir|cwd)\s*\}\}/
      : new RegExp(`\\{\\{\\s*${name}\\s*\\}\\}`);
  const entry: Readonly<Partial<Record<(typeof commandKeys)[number], string | readonly string[]>>> =
    definition.value;
  for (const key of commandKeys) {
    const texts = entry[key];
    for (const [index, text] of (typeof texts === 'string' ? [texts] : (texts ?? [])).entries()) {
      const [written] = placeholder.exec(text) ?? [];
      if (written === undefined) continue;
      const source = typeof texts === 'string' ? inside(definition, key) : inside(definition, key, index);
      findings.add(source, '', {
        code: 'placeholder-misplaced',
        message: `${written} means nothing here: ${why}`,
      });
    }
  }
}
