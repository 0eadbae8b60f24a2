// SPDX-License-Identifier: Apache-2.0
import { forms, schemaUrl, text } from './forms.ts';
import { custom, fileSchema, list, object, ownKeys, record, type ValueOf } from './shape.ts';

const device = object(
  {
    name: text('for people'),
    aliases: list(text('a name'), 'more names, for people'),
    group: text('absent: the group named default'),
    labels: record(text('of the label'), 'for selection'),
    vars: record(text('of the variable'), 'variables for {{vars.NAME}}, over those of group and fleet'),
  },
  [],
  'a device',
);

export type DeviceEntry = ValueOf<typeof device>;

/** By device id as written; `$schema` and `x-…` stand beside them. */
const devices = custom<Readonly<Record<string, unknown>>>({
  type: 'object',
  description: 'The devices of the fleet by id (UUID), and the group that each is in.',
  properties: { $schema: { title: '$schema', ...schemaUrl().schema } },
  patternProperties: ownKeys,
  propertyNames: { $ref: '#/$defs/deviceKey' },
  additionalProperties: device.schema,
});

/** `devices.json` and each `devices/**\/*.json`. */
export const devicesShape = fileSchema('devices', 'Fairlead devices', devices, forms);
