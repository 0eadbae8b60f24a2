// SPDX-License-Identifier: Apache-2.0
import * as v from 'valibot';
import { targetLimits } from '../limits.ts';
import { isProfile, isSysctl } from '../names.ts';
import {
  argument,
  count,
  dictionary,
  engineName,
  positive,
  program,
  rising,
  text,
  withoutNul,
} from './parts.ts';

const namespace = [
  v.strictObject({ kind: v.picklist(['private', 'host']) }),
  v.strictObject({ kind: v.literal('container'), name: engineName }),
] as const;

const capability = v.pipe(
  v.string(),
  v.regex(/^(?!CAP_)[A-Z][A-Z_]{1,40}$/, 'no capability: upper case, without CAP_'),
);
const capabilities = rising(capability, targetLimits.settings, (one) => one);
const limit = v.pipe(v.number(), v.safeInteger('no safe integer'), v.minValue(-1, 'below -1'));

/** What it may do and see of the device, and how much of it it may take. */
export const containerRightFields = {
  privileged: v.boolean(),
  capabilities: v.strictObject({ add: capabilities, drop: capabilities }),
  security: v.strictObject({
    noNewPrivileges: v.boolean(),
    apparmor: v.nullable(v.pipe(v.string(), v.check(isProfile, 'no name of a profile'))),
    seccomp: v.nullable(v.pipe(text(targetLimits.text), v.nonEmpty('empty'), withoutNul)),
    selinux: rising(program, targetLimits.settings, (option) => option),
  }),
  pid: v.variant('kind', [...namespace]),
  ipc: v.variant('kind', [...namespace, v.strictObject({ kind: v.picklist(['none', 'shareable']) })]),
  hostUsers: v.boolean(),
  swapBytes: v.nullable(v.union([positive, v.literal('unlimited')])),
  memoryReservationBytes: v.nullable(positive),
  cpuShares: v.nullable(v.pipe(count, v.minValue(2, 'below 2'), v.maxValue(262_144, 'above 262144'))),
  cpuSet: v.nullable(
    v.pipe(
      v.string(),
      v.maxLength(255),
      v.regex(/^\d{1,4}(?:-\d{1,4})?(?:,\d{1,4}(?:-\d{1,4})?)*$/, 'no set'),
    ),
  ),
  oomScoreAdj: v.nullable(
    v.pipe(v.number(), v.safeInteger(), v.minValue(-1000, 'below -1000'), v.maxValue(1000, 'above 1000')),
  ),
  ulimits: dictionary(
    v.pipe(v.string(), v.regex(/^[a-z]{1,20}$/, 'no name of a limit')),
    v.pipe(
      v.strictObject({ soft: limit, hard: limit }),
      v.check(({ soft, hard }) => hard === -1 || (soft !== -1 && soft <= hard), 'soft is above hard'),
    ),
    targetLimits.settings,
  ),
  sysctls: dictionary(
    v.pipe(v.string(), v.check(isSysctl, 'no name of a sysctl')),
    argument,
    targetLimits.settings,
  ),
};
