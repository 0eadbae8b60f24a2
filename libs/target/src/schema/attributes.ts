// SPDX-License-Identifier: Apache-2.0
import * as v from 'valibot';
import { targetLimits } from '../limits.ts';
import type { UnitAttributes } from '../unit-attributes.ts';
import { argument, count, port, positive, program, text } from './parts.ts';

const probe = v.variant('kind', [
  v.strictObject({
    kind: v.literal('command'),
    command: v.pipe(
      v.array(argument),
      v.nonEmpty('empty'),
      v.maxLength(targetLimits.args, 'too many'),
      v.readonly(),
    ),
  }),
  v.strictObject({
    kind: v.literal('http'),
    url: v.pipe(text(targetLimits.url), v.regex(/^https?:\/\/[^\s\0]+$/, 'no http or https URL')),
  }),
  v.strictObject({ kind: v.literal('tcp'), host: program, port }),
  v.strictObject({ kind: v.literal('rpmsg'), endpoint: program }),
]);

export const unitAttributes = v.pipe(
  v.strictObject({
    triggers: v.strictObject({
      boot: v.boolean(),
      install: v.boolean(),
      intervalSeconds: v.nullable(count),
    }),
    runlevel: v.picklist([1, 2, 3]),
    background: v.boolean(),
    critical: v.boolean(),
    health: v.nullable(
      v.strictObject({
        probe,
        intervalMs: positive,
        timeoutMs: positive,
        retries: positive,
        startPeriodMs: count,
        windowMs: v.nullable(count),
      }),
    ),
    resources: v.strictObject({
      memoryBytes: v.nullable(positive),
      milliCpus: v.nullable(positive),
      pids: v.nullable(positive),
    }),
  }),
  v.check(
    ({ critical, triggers: { boot, install, intervalSeconds } }) =>
      !critical || (!boot && !install && intervalSeconds === null),
    'critical and triggers',
  ),
) satisfies v.GenericSchema<unknown, UnitAttributes>;
