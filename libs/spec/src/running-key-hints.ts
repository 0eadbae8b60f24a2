// SPDX-License-Identifier: Apache-2.0
import type { Problem } from './diagnostic.ts';

/** What a key is called where it was written, or that it stands elsewhere. */
const elsewhere: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  '': { container_templates: 'Call it templates.' },
  jobs: {
    name: 'In a job it is called job.',
    add_env: 'In a job it is called env.',
    uses_ok_string: 'In a job it is called wait_for_ok.',
    exec_pre_args: 'It stands in a template; a job has exec_args.',
    exec_post_args: 'It stands in a template; a job has exec_args.',
    ...inTemplates([
      'cgroup',
      'chroot_image',
      'chroot_path',
      'timeout_for_ok',
      'send_composite_jobs_to_stdin',
      'composite_config',
      'send_grease_origin_id',
    ]),
    image: 'It stands in an entry of images, with the name of the job.',
  },
  templates: {
    job: 'In a template it is called name.',
    env: 'In a template it is called add_env.',
    wait_for_ok: 'In a template it is called uses_ok_string.',
    exec_args: 'It stands in a job; a template has exec_pre_args and exec_post_args.',
    ...inJobs(['composite_id', 'config', 'message', 'no_autostart', 'disabled', 'daemonize', 'pgid']),
  },
};

function inTemplates(keys: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(keys.map((key) => [key, 'It stands in a template, which the job names.']));
}

function inJobs(keys: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    keys.map((key) => [key, 'It stands in the jobs, each of which says it for itself.']),
  );
}

/** A key of a job in a template, or the other way round, has the hint that says so. */
export function hintingSides(problem: Problem): Problem {
  if (problem.code !== 'unknown-key' || problem.place.kind !== 'key') return problem;
  const [, section = '', key = ''] =
    /^(?:\/(jobs|templates)\/\d+)?\/([^/]+)$/.exec(problem.place.pointer) ?? [];
  const known = elsewhere[section] ?? {};
  const hint = Object.hasOwn(known, key) ? known[key] : undefined;
  return hint === undefined ? problem : { ...problem, hint };
}
