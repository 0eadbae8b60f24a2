// SPDX-License-Identifier: Apache-2.0
import type { FileSchema, JsonSchema } from './json-schema.ts';
import { custom, list, type FileShape } from './shape.ts';

/**
 * What one file of several that are merged may hold: nothing is required, and null takes away what a base brings. Lists are joined and
 * never merged into, so that their items are whole.
 */
export function fragmentOf({ schema }: FileShape<unknown>, name: string, title: string): FileShape<unknown> {
  const bases = list(
    custom<string>({ type: 'string', description: 'relative to this file' }),
    'specifications that this one extends; the earlier wins, this file over all',
  );
  const { properties, ...rest } = partial(schema);
  const fragment: FileSchema = {
    ...rest,
    $schema: schema.$schema,
    $id: `https://fairlead.dev/schemas/${name}/v1.json`,
    title,
    properties: { extends: { title: 'extends', ...nullable(bases.schema) }, ...properties },
    $defs: schema.$defs,
  };
  return { schema: fragment };
}

/** Without what is required, keys nullable, at any depth of objects. */
function partial({ required, oneOf, dependentRequired, ...rules }: JsonSchema): JsonSchema {
  const { properties, additionalProperties } = rules;
  return {
    ...rules,
    ...(properties === undefined
      ? {}
      : {
          properties: Object.fromEntries(
            Object.entries(properties).map(([key, inner]) => [key, nullable(inner)]),
          ),
        }),
    ...(additionalProperties === undefined || additionalProperties === false
      ? {}
      : { additionalProperties: nullable(additionalProperties) }),
  };
}

/** Title and description stay outside, where editors look for them. */
function nullable(schema: JsonSchema): JsonSchema {
  const { title, description, ...rules } = partial(schema);
  if (Object.keys(rules).length === 0) return schema;
  return {
    ...(title === undefined ? {} : { title }),
    ...(description === undefined ? {} : { description }),
    anyOf: [...(rules.anyOf ?? [rules]), { type: 'null' }],
  };
}
