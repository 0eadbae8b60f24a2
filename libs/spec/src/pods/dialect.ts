// SPDX-License-Identifier: Apache-2.0
import type { Dialect } from './pod-spec.ts';
import type { MapNode } from './spec-node.ts';

/** Artemis's own schema: a specification that names it is read as Artemis reads it. */
export const artemisSchemaUrl = 'https://toit.io/schemas/artemis/pod-specification/v1.json';

/** `$schema` says whose a specification is; without it `version`, which only Artemis has. */
export function dialectOf({ entries }: MapNode): Dialect {
  const schema = entries.get('$schema');
  if (schema === undefined) return entries.has('version') ? 'artemis' : 'fairlead';
  return schema.kind === 'scalar' && schema.value === artemisSchemaUrl ? 'artemis' : 'fairlead';
}
