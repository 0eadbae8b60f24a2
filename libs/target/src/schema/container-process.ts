// SPDX-License-Identifier: Apache-2.0
import * as v from 'valibot';
import { targetLimits } from '../limits.ts';
import {
  absolutePath,
  argument,
  count,
  dictionary,
  engineName,
  positive,
  program,
  rising,
  variable,
} from './parts.ts';

const words = v.pipe(v.array(argument), v.maxLength(targetLimits.args, 'too many'), v.readonly());

/** What is run, and what is made of its output and its end. */
export const containerProcessFields = {
  entrypoint: v.nullable(words),
  command: v.nullable(words),
  env: dictionary(variable, v.nullable(argument), targetLimits.env),
  workingDir: v.nullable(absolutePath),
  user: v.nullable(v.pipe(program, v.regex(/^[^:]+(?::[^:]+)?$/, 'no user[:group]'))),
  groups: rising(program, targetLimits.settings, (group) => group),
  labels: dictionary(program, argument, targetLimits.settings),
  tty: v.boolean(),
  stdin: v.boolean(),
  stop: v.strictObject({
    signal: v.nullable(v.pipe(v.string(), v.regex(/^SIG[A-Z0-9+-]{1,12}$/, 'no signal'))),
    graceMs: v.nullable(count),
  }),
  restart: v.variant('kind', [
    v.strictObject({ kind: v.picklist(['no', 'always', 'unless-stopped']) }),
    v.strictObject({ kind: v.literal('on-failure'), limit: count, maxPauseMs: v.nullable(positive) }),
  ]),
  log: v.variant('kind', [
    v.strictObject({ kind: v.literal('none') }),
    v.strictObject({
      kind: v.literal('files'),
      files: positive,
      fileBytes: positive,
      folder: v.nullable(absolutePath),
      bufferBytes: v.nullable(positive),
    }),
    v.strictObject({
      kind: v.literal('driver'),
      name: v.pipe(engineName, v.notValue('none', 'said by kind')),
      options: dictionary(program, argument, targetLimits.settings),
    }),
  ]),
};
