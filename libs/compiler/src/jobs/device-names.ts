// SPDX-License-Identifier: Apache-2.0
import type { JobEntry, TemplateEntry } from '@fairlead/spec';
import type { Definition } from '../definitions.ts';
import { inside, type Findings } from '../findings.ts';
import { localPlaceholder } from '../placeholders.ts';
import type { PreparedJob } from './job-unit.ts';

const commandKeys = ['exec_cmd', 'exec_args', 'exec_pre_args', 'exec_post_args', 'env', 'add_env'] as const;

/** Why a name that the device fills in has no value in some texts. */
interface Missing {
  /** Absent: any of them. */
  readonly name?: 'IMAGE' | 'CONFIG';
  readonly why: string;
  readonly code: 'image-undefined' | 'placeholder-misplaced';
}

/** Refuses commands that the device could not fill in: that would be found out only when the job starts. */
export function checkDeviceNames(
  { composite, jobs }: { readonly composite: boolean; readonly jobs: readonly PreparedJob[] },
  findings: Findings,
): void {
  const check = (place: Definition<JobEntry | TemplateEntry> | undefined, missing: Missing): void => {
    if (place !== undefined) checkTexts(place, missing, findings);
  };
  for (const { name, docker, hasImage, definition, template } of jobs) {
    const missing: Missing | undefined =
      docker !== null
        ? {
            why: `the container of job '${name}' sees no folder of the device`,
            code: 'placeholder-misplaced',
          }
        : hasImage
          ? undefined
          : { name: 'IMAGE', why: `the job '${name}' has no image`, code: 'image-undefined' };
    if (missing === undefined) continue;
    check(definition, missing);
    if (!composite) check(template, missing);
  }
  if (composite) for (const missing of missingInGroup(jobs)) check(jobs[0]?.template, missing);
}

/** What the texts of a composite's template cannot say, since its jobs have no one value of it. */
function missingInGroup(jobs: readonly PreparedJob[]): readonly Missing[] {
  const live = jobs.filter(({ disabled }) => !disabled);
  const images = new Set(live.map(({ member }) => member.image?.digest ?? ''));
  const group = `composite '${jobs[0]?.compositeId ?? ''}'`;
  const missing: Missing[] = [];
  if (live.every(({ hasImage }) => !hasImage)) {
    missing.push({ name: 'IMAGE', why: `no job of the ${group} has an image`, code: 'image-undefined' });
  } else if (images.size > 1) {
    const why = `the jobs of the ${group} have different images`;
    missing.push({ name: 'IMAGE', why, code: 'placeholder-misplaced' });
  }
  if (live.length > 1) {
    const why = `each job of the ${group} has a config folder of its own`;
    missing.push({ name: 'CONFIG', why, code: 'placeholder-misplaced' });
  }
  return missing;
}

function checkTexts(
  definition: Definition<JobEntry | TemplateEntry>,
  { name, why, code }: Missing,
  findings: Findings,
): void {
  const entry: Readonly<Partial<Record<(typeof commandKeys)[number], string | readonly string[]>>> =
    definition.value;
  for (const key of commandKeys) {
    const texts = entry[key];
    // `forEach` passes over items that were left out because they are no texts.
    (typeof texts === 'string' ? [texts] : (texts ?? [])).forEach((text, index) => {
      const written = localPlaceholder(text, name);
      if (written === undefined) return;
      const source = typeof texts === 'string' ? inside(definition, key) : inside(definition, key, index);
      findings.add(source, '', { code, message: `${written} means nothing here: ${why}` });
    });
  }
}
