// SPDX-License-Identifier: Apache-2.0
import { forms, schemaUrl, text, uuid } from './forms.ts';
import { custom, fileSchema, flag, integer, list, object, oneOf, record, type ValueOf } from './shape.ts';

const vars = record(text('of the variable'), 'variables for {{vars.NAME}}');

const applyWindow = object(
  {
    window: text('cron expression of the begin'),
    duration: text('how long, like 2h'),
    zone: text('IANA time zone'),
  },
  ['window', 'duration'],
  'a time that comes again and again',
);
const applyWhen = oneOf(['now', 'idle'], 'when');

const apply = custom<ValueOf<typeof applyWhen> | ValueOf<typeof applyWindow>>({
  anyOf: [applyWhen.schema, applyWindow.schema],
  description: 'now, idle, or an object of window, duration and zone',
});

const group = object(
  {
    pod: text('./pods/x.yaml, name@tag, name#revision, or an id'),
    'running-config': list(
      text('a path in the repository'),
      'paths of running configs; together they are one',
    ),
    'desired-state': list(text('a path in the repository'), 'paths of desired states'),
    apply,
    vars,
    retired: flag('its devices run nothing'),
  },
  [],
  'a group of devices and what they run',
);

const anything = custom<unknown>({ description: 'a broker' });

/** `fleet.json`. The keys from `broker` on are Artemis's: kept, without effect. */
export const fleetShape = fileSchema(
  'fleet',
  'Fairlead fleet',
  object(
    {
      $schema: schemaUrl(),
      id: uuid('names the fleet'),
      organization: uuid('of Artemis; no effect'),
      edition: integer('what the compiler of this number makes of the commit', 1, 2 ** 31 - 1),
      vars,
      groups: record(group, 'groups of devices by name'),
      broker: text('of Artemis: name of the broker; no effect'),
      servers: record(anything, 'of Artemis: brokers by name; no effect'),
      'migrating-from': list(text('name of a broker'), 'of Artemis; no effect'),
      'recovery-urls': list(text('a URL'), 'of Artemis; no effect'),
      'is-reference': flag('names a fleet, without groups'),
    },
    ['id'],
    'The fleet: its groups, and what each of them runs.',
  ),
  forms,
);

export type FleetFile = ValueOf<typeof fleetShape>;
export type FleetGroup = ValueOf<typeof group>;
