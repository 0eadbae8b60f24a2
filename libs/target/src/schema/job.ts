// SPDX-License-Identifier: Apache-2.0
import * as v from 'valibot';
import type { JobDefinition } from '../job-definition.ts';
import type { JobUnit } from '../job-unit.ts';
import { targetLimits } from '../limits.ts';
import { unitAttributes } from './attributes.ts';
import {
  argument,
  artifactFields,
  count,
  label,
  name,
  program,
  relativePath,
  requirements,
  rising,
  text,
  variable,
  withoutNul,
} from './parts.ts';

const list = v.nullable(v.pipe(v.array(argument), v.maxLength(targetLimits.args), v.readonly()));

const definition = v.strictObject({
  job: name,
  composite_id: text(targetLimits.label),
  container_template: text(targetLimits.label),
  config: text(targetLimits.text),
  config_name: text(targetLimits.label),
  message: text(targetLimits.text),
  wait_for_ok: v.boolean(),
  defer_running_status: count,
  no_autostart: v.boolean(),
  restart: v.boolean(),
  restart_on_dependency_fail: v.boolean(),
  restart_limit: count,
  restart_pause: count,
  depends_on: list,
  exec_cmd: argument,
  exec_args: list,
  pgid: v.pipe(v.number(), v.safeInteger('no safe integer')),
  env: list,
  inherit_env: v.boolean(),
  die_on_parent_death: v.boolean(),
  daemonize: v.boolean(),
  immutable: v.boolean(),
}) satisfies v.GenericSchema<unknown, JobDefinition>;

function member(artifact: ReturnType<typeof artifactFields>) {
  const config = v.strictObject({
    name: label,
    data: v.nullable(text(targetLimits.text)),
    encoding: v.picklist(['utf8', 'base64']),
    files: rising(
      v.strictObject({ ...artifact, path: relativePath }),
      targetLimits.files,
      (file) => file.path,
    ),
  });
  return v.pipe(
    v.strictObject({
      name,
      image: v.nullable(
        v.strictObject({ ...artifact, version: v.pipe(text(targetLimits.label), withoutNul) }),
      ),
      configs: rising(config, targetLimits.configs, (item) => item.name),
      config: v.nullable(v.string()),
      definition: v.nullable(definition),
    }),
    v.check(
      ({ config: used, configs }) => used === null || configs.some((item) => item.name === used),
      'config names none of configs',
    ),
  );
}

const fields = {
  domain: v.literal('jobs'),
  name,
  disabled: v.boolean(),
  autostart: v.boolean(),
  requires: requirements,
  program,
  args: v.pipe(v.array(argument), v.maxLength(targetLimits.args, 'too many'), v.readonly()),
  env: v.pipe(
    v.record(variable, argument),
    v.check((env) => Object.keys(env).length <= targetLimits.env, 'too many'),
  ),
  inheritEnv: v.boolean(),
  originId: v.boolean(),
  daemonize: v.boolean(),
  dieWithAgent: v.boolean(),
  stdin: v.variant('kind', [
    v.strictObject({ kind: v.literal('none') }),
    v.strictObject({ kind: v.literal('message'), text: text(targetLimits.text) }),
    v.strictObject({ kind: v.literal('composite'), processConfig: v.nullable(text(targetLimits.text)) }),
  ]),
  ready: v.variant('kind', [
    v.strictObject({ kind: v.literal('started') }),
    v.strictObject({ kind: v.literal('ok-string'), timeoutMs: count }),
    v.strictObject({ kind: v.literal('delay'), ms: count }),
  ]),
  restart: v.strictObject({
    enabled: v.boolean(),
    limit: count,
    pauseMs: count,
    onDependencyFail: v.boolean(),
  }),
  stop: v.strictObject({ graceMs: v.nullable(count) }),
  user: v.nullable(label),
  group: v.nullable(label),
  memoryLimit: v.nullable(count),
  chroot: v.variant('kind', [
    v.strictObject({ kind: v.literal('none') }),
    v.strictObject({ kind: v.literal('image') }),
    v.strictObject({
      kind: v.literal('path'),
      path: v.pipe(text(targetLimits.path), v.nonEmpty('empty'), withoutNul),
    }),
  ]),
};

const membersOf = (format: 1 | 2) =>
  rising(member(artifactFields(format)), targetLimits.members, (item) => item.name);

const hasMembers = ({ disabled, members }: Pick<JobUnit, 'disabled' | 'members'>): boolean =>
  disabled || members.length > 0;

/** A job as format 1 has it. */
export const plainJobUnit = v.pipe(
  v.strictObject({ ...fields, members: membersOf(1) }),
  v.check((unit) => hasMembers(unit), 'no members'),
) satisfies v.GenericSchema<unknown, JobUnit>;

export const jobUnit = v.pipe(
  v.strictObject({ ...fields, attributes: v.exactOptional(unitAttributes), members: membersOf(2) }),
  v.check((unit) => hasMembers(unit), 'no members'),
  v.check(
    ({ attributes }) => (attributes?.resources.memoryBytes ?? null) === null,
    'memory is in memoryLimit',
  ),
) satisfies v.GenericSchema<unknown, JobUnit>;
