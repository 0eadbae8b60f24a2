// SPDX-License-Identifier: Apache-2.0
import * as v from 'valibot';
import type { ContainerUnit } from '../container-unit.ts';
import { targetLimits } from '../limits.ts';
import { unitAttributes } from './attributes.ts';
import { count, digest, label, name, program, requirements, rising, text } from './parts.ts';

const image = v.strictObject({
  reference: v.pipe(text(targetLimits.url), v.nonEmpty('empty')),
  digest,
  size: count,
});

export const containerUnit = v.strictObject({
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
}) satisfies v.GenericSchema<unknown, ContainerUnit>;
