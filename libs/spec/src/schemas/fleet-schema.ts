// SPDX-License-Identifier: Apache-2.0
import { forms, text, uuid } from './forms.ts';
import { custom, fileSchema, flag, integer, list, object, oneOf, record, type ValueOf } from './shape.ts';

const vars = record(text(), 'variables for {{vars.NAME}}');

const applyWindow = object(
  {
    window: text('cron expression of the begin'),
    duration: text('how long, like 2h'),
    zone: text('IANA time zone'),
  },
  ['window', 'duration'],
);
const applyWhen = oneOf(['now', 'idle'], 'when');

const apply = custom<ValueOf<typeof applyWhen> | ValueOf<typeof applyWindow>>({
  anyOf: [applyWhen.schema, applyWindow.schema],
  description: 'now, idle, or an object of window, duration and zone',
});

const group = object({
  pod: text('./pods/x.yaml, name@tag, name#revision, or an id'),
  'running-config': list(text(), 'paths of running configs; together they are one'),
  'desired-state': list(text(), 'paths of desired states'),
  apply,
  vars,
  retired: flag('its devices run nothing'),
});

const anything = custom<unknown>({});

/** `fleet.json`. The keys from `broker` on are Artemis's: kept, without effect. */
export const fleetShape = fileSchema(
  'fleet',
  'Fairlead fleet',
  object(
    {
      $schema: text(),
      id: uuid('names the fleet'),
      organization: uuid(),
      edition: integer('what the compiler of this number makes of the commit', 1, 2 ** 31 - 1),
      vars,
      groups: record(group, 'groups of devices by name'),
      broker: text(),
      servers: record(anything, 'brokers by name'),
      'migrating-from': list(text()),
      'recovery-urls': list(text()),
      'is-reference': flag('names a fleet, without groups'),
    },
    ['id'],
  ),
  forms,
);

export type FleetFile = ValueOf<typeof fleetShape>;
export type FleetGroup = ValueOf<typeof group>;
