// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check';
import { sha } from '../commit.fixture.ts';

const jobNames = ['a', 'b', 'c', 'd', 'm', 'n'] as const;
const text = fc.constantFrom('x', '', '/bin/x', 'ü 🛰', '{{JOB}}', '-v', 'a b', '}}', '{"a":{}}');
const label = fc.constantFrom('main', 'default', 'β 1', '__proto__', 'constructor');
const variable = fc.constantFrom('A=1', 'B=', 'A=2=3', 'toString=x', 'K={{secrets.KEY}}', 'P={{CWD}}');
const ms = fc.constantFrom(0, 50, 2_000, 2 ** 32 - 1);
const flag = fc.boolean();
const names = fc.uniqueArray(fc.constantFrom(...jobNames), { maxLength: 2 });

const shared = {
  restart: flag,
  restart_on_dependency_fail: flag,
  restart_limit: ms,
  restart_pause: ms,
  depends_on: names,
  defer_running_status: ms,
  inherit_env: flag,
  die_on_parent_death: flag,
  immutable: flag,
  user: label,
  group: label,
  stop_timeout: ms,
};

const job = fc.record(
  {
    ...shared,
    job: fc.constantFrom(...jobNames),
    composite_id: fc.constantFrom('', 'grp'),
    container_template: fc.constantFrom('', 't', 'u'),
    config: fc.constantFrom('', 'main', 'default'),
    message: text,
    wait_for_ok: flag,
    no_autostart: flag,
    disabled: flag,
    exec_cmd: text,
    exec_args: fc.array(text, { maxLength: 3 }),
    pgid: fc.constantFrom(0, -1),
    env: fc.array(variable, { maxLength: 3 }),
    daemonize: flag,
  },
  { requiredKeys: ['job'] },
);

const template = fc.record(
  {
    ...shared,
    name: fc.constantFrom('t', 'u'),
    cgroup: fc.record(
      { mem_limit: ms, cpu_limit: fc.constantFrom(0, 0.25, 4), pids_limit: fc.nat(9) },
      { requiredKeys: [] },
    ),
    chroot_image: flag,
    chrootimage: flag,
    chroot_path: fc.constantFrom('', '/srv'),
    add_env: fc.array(variable, { maxLength: 3 }),
    exec_cmd: text,
    exec_pre_args: fc.array(text, { maxLength: 2 }),
    exec_post_args: fc.array(text, { maxLength: 2 }),
    send_composite_jobs_to_stdin: flag,
    composite_config: text,
    send_grease_origin_id: flag,
    uses_ok_string: flag,
    timeout_for_ok: ms,
  },
  { requiredKeys: ['name'] },
);

const checksum = fc.constantFrom({ type: 'sha256sum', value: sha }, { type: 'md5sum', value: sha.slice(32) });
const download = {
  url: fc.constantFrom('https://example.org/a', 'http://h/{{b}}'),
  size: fc.nat(3),
  checksum,
};

const image = fc.record(
  {
    ...download,
    job: fc.constantFrom(...jobNames),
    version: label,
    image_type: fc.constantFrom('tarball', 'devicejs_tarball', 'zip', 'devicejs_zip', 'docker'),
  },
  { requiredKeys: ['job', 'version', 'url', 'image_type'] },
);

const config = fc.record(
  {
    job: fc.constantFrom(...jobNames),
    name: label,
    data: text,
    encoding: fc.constantFrom('', 'utf8', 'base64'),
    files: fc.array(
      fc.record(
        { ...download, dest_relative_path: fc.constantFrom('f', '/d/f', 'd', '..') },
        { requiredKeys: ['url', 'dest_relative_path'] },
      ),
      { maxLength: 2 },
    ),
    mod_time: text,
  },
  { requiredKeys: ['job', 'name'] },
);

/** A running config of the right form, with every field, in which each name is defined once; whether it can run is another matter. */
export const arbitraryRunningConfig = fc.record(
  {
    config: fc.constant('running' as const),
    date: fc.nat(),
    op: fc.constant('update' as const),
    flags: fc.subarray(['removeOldImages', 'failFast'] as const),
    jobs: fc.uniqueArray(job, { selector: (one) => one.job, maxLength: 5 }),
    templates: fc.uniqueArray(template, { selector: (one) => one.name }),
    images: fc.uniqueArray(image, { selector: (one) => one.job, maxLength: 4 }),
    configs: fc.uniqueArray(config, { selector: (one) => JSON.stringify([one.job, one.name]), maxLength: 4 }),
  },
  { requiredKeys: ['config'] },
);
