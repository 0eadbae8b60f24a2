// SPDX-License-Identifier: Apache-2.0
import { forms, label, name, optionalName, schemaUrl, text, url, variable } from './forms.ts';
import { custom, fileSchema, flag, integer, list, object, oneOf, type ValueOf } from './shape.ts';

const uint32 = (description: string) => integer(description, 0, 2 ** 32 - 1);
const milliseconds = (description: string) => uint32(`milliseconds: ${description}`);
const bytes = (description: string) => integer(`bytes: ${description}`, 0, Number.MAX_SAFE_INTEGER);
/** Most processes that Linux counts (PID_MAX_LIMIT). */
const mostPids = 2 ** 22;
const mostCores = 4_096;

const cgroup = object(
  {
    mem_limit: bytes('memory that all its processes may take together; 0: unlimited'),
    cpu_limit: custom<number>({
      type: 'number',
      minimum: 0,
      maximum: mostCores,
      description: 'cores that it may take, also a fraction like 0.5, counted in thousandths; 0: unlimited',
    }),
    pids_limit: integer('processes and threads that it may have; 0: unlimited', 0, mostPids),
  },
  [],
  'what all processes of a job may take together',
);

/** What a job states for itself and a template for all its jobs. */
const shared = {
  restart: flag('start again after it ends'),
  restart_on_dependency_fail: flag('stop, wait and start again when a job that it depends on fails'),
  restart_limit: uint32('restarts without a healthy period between; 0: unlimited'),
  restart_pause: milliseconds('pause before a restart'),
  depends_on: list(name('of a job'), 'jobs that must be ready first'),
  defer_running_status: milliseconds('ready after this long, if it still lives'),
  inherit_env: flag('pass the environment of the agent on'),
  die_on_parent_death: flag('ends with the agent'),
  immutable: flag('no effect: the revision is the store'),
  user: label('run as this user'),
  group: label('run as this group'),
  stop_timeout: milliseconds('from the request to end until it is killed'),
};

const job = object(
  {
    ...shared,
    job: name('unique in its group of devices'),
    composite_id: optionalName('jobs of one id share one process'),
    container_template: text('name of a template'),
    config: text('name of a config of this job'),
    config_name: text('alias of config'),
    message: text('written to stdin; not in a composite, and not to a container'),
    wait_for_ok: flag(
      'ready when it prints !!OK!!; what the job says counts over uses_ok_string of its template',
    ),
    no_autostart: flag('started only on request'),
    disabled: flag('known, and not started'),
    exec_cmd: text(
      "the program, or the first argument of the template's program, also if empty; a container without one runs that of its image",
    ),
    exec_args: list(text('an argument'), 'its arguments'),
    pgid: integer('process group; only 0, a new one', -(2 ** 31), 2 ** 31 - 1),
    env: list(
      variable('NAME=value, where a value may hold {{secrets.NAME}}'),
      'its environment, over that of the template',
    ),
    daemonize: flag('in a session of its own'),
  },
  ['job'],
  'a supervised process',
);

const template = object(
  {
    ...shared,
    name: name('unique in its group of devices'),
    cgroup,
    chroot_image: flag('the image is its root folder'),
    chrootimage: flag('alias of chroot_image'),
    ChrootImage: flag('alias of chroot_image'),
    chroot_path: text('its root folder where the job has no image'),
    add_env: list(variable('NAME=value'), 'environment, under that of the job'),
    exec_cmd: text('the program'),
    exec_pre_args: list(text('an argument'), 'arguments before those of the job'),
    exec_post_args: list(text('an argument'), 'arguments after those of the job'),
    send_composite_jobs_to_stdin: flag('the process of a composite reads its jobs as JSON on stdin'),
    composite_config: text('sent as process_config in that JSON'),
    send_grease_origin_id: flag('sets GREASE_ORIGIN_ID'),
    uses_ok_string: flag('ready when it prints !!OK!!'),
    timeout_for_ok: milliseconds('without !!OK!! for this long it has failed; 0: no limit'),
  },
  ['name'],
  'what jobs that name it have in common',
);

const checksum = object(
  { type: oneOf(['sha256sum', 'md5sum'], 'how it is made'), value: text('64 or 32 hexadecimal digits') },
  ['type', 'value'],
  'of the bytes of the file',
);

const image = object(
  {
    job: name('the job that it belongs to'),
    version: label('free text'),
    url: url(
      'where the file is fetched: http or https; of a docker image its reference, like registry.example.org/app:1',
    ),
    size: bytes('of the file; must match exactly; not of a docker image'),
    checksum,
    image_type: oneOf(
      ['tarball', 'devicejs_tarball', 'zip', 'devicejs_zip', 'docker'],
      'what the file is; docker: the job is a container, with command, environment, user, limits, dependencies and restarts of the job',
    ),
  },
  ['job', 'version', 'url', 'image_type'],
  'an archive of a job',
);

const configFile = object(
  {
    url: url('where the file is fetched: http or https'),
    dest_relative_path: text('under the config folder of the job'),
    size: bytes('of the file; must match exactly'),
    checksum,
  },
  ['url', 'dest_relative_path'],
  'a file of a config',
);

const config = object(
  {
    name: label('unique for its job'),
    job: name('the job that it belongs to'),
    data: custom<string>({ type: 'string', description: 'inline content' }),
    encoding: oneOf(['', 'utf8', 'base64'], 'of data; absent or empty: utf8'),
    files: list(configFile, 'files to fetch'),
    mod_time: text('no effect'),
  },
  ['name', 'job'],
  'settings of a job',
);

/** Maestro's running config, in the flat form. */
export const runningConfigShape = fileSchema(
  'running-config',
  'Maestro running config',
  object(
    {
      $schema: schemaUrl(),
      config: oneOf(['running'], 'the kind of file'),
      date: custom<number>({ type: 'number', description: 'kept; orders nothing' }),
      op: oneOf(['update'], 'a running config is always the whole'),
      flags: list(
        oneOf(['removeOldImages', 'failFast'], 'a flag'),
        'accepted; a revision is always applied so',
      ),
      taskID: text('no effect'),
      statusEndpoint: text('no effect'),
      jobs: list(job, 'what runs'),
      templates: list(template, 'what jobs have in common'),
      images: list(image, 'files of jobs that are fetched and unpacked'),
      configs: list(config, 'settings that jobs are given as files'),
    },
    ['config'],
    'What devices run: jobs, their templates, images and configs.',
  ),
  forms,
);

export type RunningConfig = ValueOf<typeof runningConfigShape>;
export type JobEntry = ValueOf<typeof job>;
export type TemplateEntry = ValueOf<typeof template>;
export type ImageEntry = ValueOf<typeof image>;
export type ConfigEntry = ValueOf<typeof config>;
export type ChecksumEntry = ValueOf<typeof checksum>;
