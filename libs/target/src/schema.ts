// SPDX-License-Identifier: Apache-2.0
import { compareBytes, isDigest, type Digest } from '@fairlead/base';
import * as v from 'valibot';
import type { JobDefinition } from './job-definition.ts';
import type { JobUnit } from './job-unit.ts';
import { isRelativePath, isUnitName, targetLimits } from './limits.ts';
import { TARGET_FORMAT, type TargetState } from './target-state.ts';

/** Node refuses to start a process with a NUL in any of its strings, and no file has one in its name. */
const withoutNul = v.check<string, string>((text) => !text.includes('\0'), 'holds a NUL');

const text = (longest: number) => v.pipe(v.string(), v.maxLength(longest, `longer than ${String(longest)}`));
const argument = v.pipe(text(targetLimits.argument), withoutNul);
const program = v.pipe(argument, v.nonEmpty('empty'));
const name = v.pipe(v.string(), v.check(isUnitName, 'no name: letters, digits, . _ - (at most 63, no ..)'));
const label = v.pipe(
  text(targetLimits.label),
  v.nonEmpty('empty'),
  v.check(isLabel, 'holds a control character, / or is . or ..'),
);
const relativePath = v.pipe(v.string(), v.check(isRelativePath, 'no path inside the config folder'));
const count = v.pipe(v.number(), v.safeInteger('no safe integer'), v.minValue(0, 'negative'));
const digest = v.custom<Digest>(isDigest, 'no digest: sha256: and 64 lower-case hexadecimal digits');
const variable = v.pipe(text(targetLimits.label), v.regex(/^[^=\0]+$/, 'no name of a variable'));

function isLabel(value: string): boolean {
  return !/[\u0000-\u001f\u007f/]/.test(value) && value !== '.' && value !== '..';
}

/** At most `longest` items whose keys rise in byte order: one order, and nothing twice. */
function rising<S extends v.GenericSchema>(
  item: S,
  longest: number,
  key: (value: v.InferOutput<S>) => string,
) {
  return v.pipe(
    v.array(item),
    v.maxLength(longest, `more than ${String(longest)}`),
    v.check(
      (items) =>
        items.every((value, index) => {
          const next = items[index + 1];
          return index + 1 >= items.length || compareBytes(key(value), key(next)) < 0;
        }),
      'not in rising order, or something twice',
    ),
    v.readonly(),
  );
}

const artifact = {
  url: v.pipe(text(targetLimits.url), v.regex(/^https?:\/\/[^\s\0]+$/, 'no http or https URL')),
  digest,
  size: count,
  format: v.picklist(['tar', 'zip', 'file']),
  md5: v.exactOptional(
    v.pipe(v.string(), v.regex(/^[0-9a-f]{32}$/, 'no MD5: 32 lower-case hexadecimal digits')),
  ),
};

const config = v.strictObject({
  name: label,
  data: v.nullable(text(targetLimits.text)),
  encoding: v.picklist(['utf8', 'base64']),
  files: rising(v.strictObject({ ...artifact, path: relativePath }), targetLimits.files, (file) => file.path),
});

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

const member = v.pipe(
  v.strictObject({
    name,
    image: v.nullable(v.strictObject({ ...artifact, version: v.pipe(text(targetLimits.label), withoutNul) })),
    configs: rising(config, targetLimits.configs, (item) => item.name),
    config: v.nullable(v.string()),
    definition: v.nullable(definition),
  }),
  v.check(
    ({ config: used, configs }) => used === null || configs.some((item) => item.name === used),
    'config names none of configs',
  ),
);

const jobUnit = v.pipe(
  v.strictObject({
    domain: v.literal('jobs'),
    name,
    disabled: v.boolean(),
    autostart: v.boolean(),
    requires: rising(name, targetLimits.requires, (required) => required),
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
    members: rising(member, targetLimits.members, (item) => item.name),
  }),
  v.check(({ disabled, members }) => disabled || members.length > 0, 'no members'),
) satisfies v.GenericSchema<unknown, JobUnit>;

/** The form alone; what units say about each other is checked by `requirementProblems`. */
export const targetSchema = v.strictObject({
  format: v.literal(TARGET_FORMAT),
  units: rising(v.variant('domain', [jobUnit]), targetLimits.units, (unit) => `${unit.domain}/${unit.name}`),
}) satisfies v.GenericSchema<unknown, TargetState>;
