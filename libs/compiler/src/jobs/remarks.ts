// SPDX-License-Identifier: Apache-2.0
import { formatSize } from '@fairlead/base';
import type { JobEntry, TemplateEntry } from '@fairlead/spec';
import type { Definition } from '../definitions.ts';
import type { Finding, Findings, Source } from '../findings.ts';
import type { ResolvedJob } from './resolve-job.ts';

/** Below these, in milliseconds, a time was likely meant in seconds. */
const shortTimes = {
  restart_pause: 1000,
  stop_timeout: 100,
  defer_running_status: 100,
  timeout_for_ok: 100,
} as const;

/** Bytes that an interpreter alone takes, and more. */
const smallMemory = 16 * 2 ** 20;

/** What a job states that has no effect, or likely another than is meant. Nothing of it is an error. */
export function remarkOnJob(job: ResolvedJob, findings: Findings): void {
  const { definition, template } = job;
  const remark = remarkAt(definition, findings);
  if ((definition.value.pgid ?? 0) !== 0) {
    remark('pgid', 'no-effect', 'a job always has a process group of its own', 'warning');
  }
  remarkOnTimes(definition, findings);
  remarkOnRestart(job, remark);
  if (template !== undefined) remarkOnTemplate(template, findings);
  if (job.compositeId === '') remarkOnCommand(job, findings);
  else if ((template?.value.exec_cmd ?? '') !== '' && template?.value.send_composite_jobs_to_stdin !== true) {
    for (const key of ['exec_cmd', 'exec_args', 'env'] as const) {
      if (definition.value[key] === undefined) continue;
      remark(
        key,
        'no-effect',
        `the process of the composite '${job.compositeId}' is not told of it`,
        'warning',
        `Say "send_composite_jobs_to_stdin": true in its template, or leave ${key} out.`,
      );
    }
  }
}

type Remark = (
  key: string,
  code: 'no-effect' | 'suspicious-value',
  message: string,
  severity?: 'note' | 'warning',
  hint?: string,
) => void;

function remarkAt(source: Source, findings: Findings): Remark {
  return (key, code, message, severity = 'note', hint) => {
    const finding: Finding = { code, message, severity };
    findings.add(source, `/${key}`, hint === undefined ? finding : { ...finding, hint });
  };
}

function remarkOnTimes(definition: Definition<JobEntry | TemplateEntry>, findings: Findings): void {
  const remark = remarkAt(definition, findings);
  const stated: Readonly<Partial<Record<keyof typeof shortTimes, number>>> = definition.value;
  for (const key of Object.keys(shortTimes) as readonly (keyof typeof shortTimes)[]) {
    const ms = stated[key] ?? 0;
    if (ms === 0 || ms >= shortTimes[key]) continue;
    remark(key, 'suspicious-value', `${key} is ${String(ms)} milliseconds`);
  }
}

function remarkOnRestart({ definition, restart }: ResolvedJob, remark: Remark): void {
  if (restart) return;
  for (const key of ['restart_limit', 'restart_pause'] as const) {
    if ((definition.value[key] ?? 0) !== 0)
      remark(
        key,
        'no-effect',
        `the job is not restarted, so ${key} has no effect`,
        'note',
        'Say "restart": true.',
      );
  }
}

/** Said of templates that some job uses, once. */
function remarkOnTemplate(template: Definition<TemplateEntry>, findings: Findings): void {
  remarkOnTimes(template, findings);
  const memory = template.value.cgroup?.mem_limit ?? 0;
  if (memory === 0 || memory >= smallMemory) return;
  findings.add(template, '/cgroup/mem_limit', {
    severity: 'note',
    code: 'suspicious-value',
    message: `mem_limit is ${formatSize(memory)}, and is enforced: most interpreters take more`,
    hint: 'Give bytes: 64 MiB are 67108864.',
  });
}

function remarkOnCommand({ definition, template }: ResolvedJob, findings: Findings): void {
  const { exec_cmd: own } = definition.value;
  const { exec_cmd: wrapper = '', ...preset }: Partial<TemplateEntry> = template?.value ?? {};
  if (wrapper !== '' && own === '') {
    remarkAt(definition, findings)(
      'exec_cmd',
      'suspicious-value',
      'the program of the template is given an empty argument',
      'note',
      'Leave exec_cmd out if no argument is meant.',
    );
  } else if (wrapper !== '' && own !== undefined) {
    findings.add(definition, '/exec_cmd', {
      severity: 'note',
      code: 'command-wrapped',
      message: `exec_cmd is an argument here: the template '${template?.value.name ?? ''}' has a program of its own`,
    });
  }
  const [place, program] = wrapper === '' ? [definition, own ?? ''] : [template, wrapper];
  if (place !== undefined && /\S\s+\S/.test(program.replaceAll(/\{\{[^{}]*\}\}/g, '.'))) {
    const message = 'exec_cmd is the name of one program, blanks included';
    const hint = 'Put arguments into exec_args, or exec_pre_args of a template.';
    remarkAt(place, findings)('exec_cmd', 'suspicious-value', message, 'note', hint);
  }
  if (template === undefined) return;
  for (const key of ['send_composite_jobs_to_stdin', 'composite_config'] as const) {
    const stated = preset[key] ?? false;
    if (stated === false || stated === '') continue;
    const message = `the job '${definition.value.job}' has no composite_id, so ${key} of its template has no effect`;
    findings.add(definition, '/container_template', { severity: 'note', code: 'no-effect', message });
  }
}

/** The image of a job that does not run. */
export function remarkOnImage(job: ResolvedJob, image: Source, findings: Findings): void {
  if (!job.disabled) return;
  const what = job.compositeId === '' ? 'its image is fetched and not run' : 'its image is left out';
  findings.add(image, '', {
    severity: 'note',
    code: 'image-unused',
    message: `the job '${job.name}' is disabled: ${what}`,
  });
}
