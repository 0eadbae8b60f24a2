// SPDX-License-Identifier: Apache-2.0
import { forms, text } from './forms.ts';
import { custom, fileSchema, list, object, record, type ValueOf } from './shape.ts';

const device = object({
  name: text('for people'),
  aliases: list(text()),
  group: text('absent: the group named default'),
  labels: record(text(), 'for selection'),
  vars: record(text(), 'variables for {{vars.NAME}}, over those of group and fleet'),
});

export type DeviceEntry = ValueOf<typeof device>;

/** By device id as written; `$schema` and `x-…` stand beside them. */
const devices = custom<Readonly<Record<string, unknown>>>({
  type: 'object',
  properties: { $schema: { type: 'string' } },
  patternProperties: { '^x-': {} },
  propertyNames: { $ref: '#/$defs/deviceKey' },
  additionalProperties: device.schema,
});

/** `devices.json` and each `devices/**\/*.json`. */
export const devicesShape = fileSchema('devices', 'Fairlead devices', devices, forms);
