// SPDX-License-Identifier: Apache-2.0
import * as v from 'valibot';
import type { FirmwareUnit } from '../firmware-unit.ts';
import { unitAttributes } from './attributes.ts';
import { artifactFields, name, program, requirements } from './parts.ts';

export const firmwareUnit = v.strictObject({
  domain: v.literal('firmware'),
  name,
  disabled: v.boolean(),
  requires: requirements,
  attributes: unitAttributes,
  processor: v.nullable(program),
  recovery: v.picklist(['disabled', 'enabled']),
  firmware: v.strictObject(artifactFields(2)),
}) satisfies v.GenericSchema<unknown, FirmwareUnit>;
