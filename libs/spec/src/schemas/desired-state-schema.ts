// SPDX-License-Identifier: Apache-2.0
import type { Baseline, DesiredState } from '@fairlead/target';
import { forms, text } from './forms.ts';
import { custom, fileSchema, integer, list, object, type Shape, type ValueOf } from './shape.ts';

const value = custom<string>({
  type: 'string',
  description: 'its value: a text, also where it is a number or a flag',
});

const config = list(
  object(
    { key: text('what is set; a key of a list may stand several times'), value },
    ['key', 'value'],
    'one setting',
  ),
  'settings, of which the last counts where a key has one value',
);

const component = object(
  {
    id: text('name of the container'),
    version: text('tag of the image where no image is named; for people otherwise'),
    config,
  },
  ['id'],
  'something that runs',
);

const domain = object(
  {
    id: text('kind of the components; containers is the one that Fairlead runs'),
    config,
    components: list(component, 'all that shall run, in the order in which it is updated'),
  },
  ['id'],
  'components of one kind',
);

const baseline: Shape<Baseline> = object(
  {
    title: text('its name'),
    description: text('what it is for'),
    preconditions: text('an expression for people; nobody evaluates it'),
    components: list(text('<domain>:<component>'), 'what belongs to it'),
  },
  ['title'],
  'components that are updated as one',
);

const state = {
  baselines: list(baseline, 'parts that are updated as one'),
  domains: list(domain, 'what shall run, by kind'),
};

const payload: Shape<DesiredState> = object(state, [], 'the desired state, as Kanto sends it');

/** A Kanto desired state, bare or in the envelope that its update manager is sent. */
export const desiredStateShape = fileSchema(
  'desired-state',
  'Kanto desired state',
  object(
    {
      $schema: text('the URL of this schema, for editors'),
      activityId: text('names the update for whoever sent it; no effect'),
      timestamp: integer('milliseconds since 1970; no effect', 0, Number.MAX_SAFE_INTEGER),
      payload,
      ...state,
    },
    [],
    'What shall run, in the form of Eclipse Kanto.',
  ),
  forms,
);

export type DesiredStateFile = ValueOf<typeof desiredStateShape>;
