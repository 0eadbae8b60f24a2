// SPDX-License-Identifier: Apache-2.0
import * as v from 'valibot';
import type { ContainerUnit } from '../container-unit.ts';
import { targetLimits } from '../limits.ts';
import { unitAttributes } from './attributes.ts';
import { containerFileFields, hasOneMountEach } from './container-files.ts';
import { containerNetworkFields, publishesWhereItCan } from './container-network.ts';
import { containerProcessFields } from './container-process.ts';
import { containerRightFields } from './container-rights.ts';
import { count, digest, label, name, program, requirements, rising, text } from './parts.ts';

const image = v.strictObject({
  reference: v.pipe(text(targetLimits.url), v.nonEmpty('empty')),
  digest,
  size: count,
});

export const containerUnit = v.pipe(
  v.strictObject({
    domain: v.literal('containers'),
    name,
    disabled: v.boolean(),
    requires: requirements,
    attributes: unitAttributes,
    pod: v.nullable(label),
    image,
    requiredImages: rising(image, targetLimits.images, ({ reference }) => reference),
    update: v.picklist(['download-then-kill', 'kill-then-download', 'hand-over']),
    purge: rising(program, targetLimits.files, (path) => path),
    ...containerProcessFields,
    ...containerRightFields,
    ...containerFileFields,
    ...containerNetworkFields,
  }),
  v.check((unit) => hasOneMountEach(unit), 'two mounts at one path'),
  v.check((unit) => publishesWhereItCan(unit), 'ports without a network of its own'),
  v.check(
    ({ swapBytes, attributes: { resources } }) =>
      typeof swapBytes !== 'number' || (resources.memoryBytes !== null && swapBytes >= resources.memoryBytes),
    'swapBytes counts memory and swap together, and needs a bound of memory',
  ),
  v.check(
    ({ memoryReservationBytes, attributes: { resources } }) =>
      (memoryReservationBytes ?? 0) <= (resources.memoryBytes ?? Number.MAX_SAFE_INTEGER),
    'more memory reserved than allowed',
  ),
) satisfies v.GenericSchema<unknown, ContainerUnit>;
