// SPDX-License-Identifier: Apache-2.0
import { forms, schemaUrl } from './forms.ts';
import { custom, fileSchema, integer, list, object, type ValueOf } from './shape.ts';

const commit = custom<string>({
  type: 'string',
  pattern: '^[0-9a-f]{40}$',
  description: 'the id of a commit',
});

/** `trust/history.json`: rewrites of the history that were accepted. */
export const historyShape = fileSchema(
  'history',
  'Fairlead accepted rewrites',
  object(
    {
      $schema: schemaUrl(),
      offset: integer('added to the generation number of a commit', 0, 2 ** 31 - 1),
      replaced: list(commit, 'heads that this history replaces'),
    },
    ['offset'],
    'Rewrites of the history that were accepted. Written by `fairlead history accept`.',
  ),
  forms,
);

export type HistoryFile = ValueOf<typeof historyShape>;
