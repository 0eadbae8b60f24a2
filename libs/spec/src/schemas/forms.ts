// SPDX-License-Identifier: Apache-2.0
import type { Code } from '@fairlead/base';
import type { JsonSchema } from './json-schema.ts';
import { form } from './shape.ts';

/** Forms of text that several fields share. A NUL has no place in a program's arguments, in its environment, or in a path. */
export const forms = {
  text: { type: 'string', pattern: '^[^\\u0000]*$', description: 'text without NUL' },
  label: {
    type: 'string',
    pattern: '^(?!\\.{1,2}$)[^\\u0000-\\u001f\\u007f/]{1,255}$',
    description: 'one to 255 characters, no control character, no /, not . or ..',
  },
  name: {
    type: 'string',
    pattern: '^(?!.*\\.\\.)[A-Za-z0-9][A-Za-z0-9._-]{0,62}$',
    description:
      'letters, digits, dot, dash and underscore, at most 63, beginning with a letter or digit, without ..',
  },
  optionalName: {
    type: 'string',
    pattern: '^((?!.*\\.\\.)[A-Za-z0-9][A-Za-z0-9._-]{0,62})?$',
    description: 'a name, or empty',
  },
  variable: {
    type: 'string',
    pattern: '^(?!(?:__proto__|prototype|constructor)=)[^=\\u0000]{1,255}=[^\\u0000]*$',
    description: 'NAME=value, where NAME is not constructor, prototype or __proto__',
  },
  uuid: {
    type: 'string',
    pattern: '^[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}$',
    description: 'a UUID: 8-4-4-4-12 hexadecimal digits',
  },
  deviceKey: {
    type: 'string',
    pattern: '^(\\$schema$|x-|[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}$)',
    description: 'the UUID of a device',
  },
  url: { type: 'string', pattern: '^[^\\s\\u0000]*$', maxLength: 4096, description: 'an http or https URL' },
} as const satisfies Readonly<Record<string, JsonSchema>>;

/** Errors of these forms have codes of their own; those of the others are `invalid-value`. */
export const formCodes: Readonly<Record<string, Code>> = {
  name: 'invalid-name',
  optionalName: 'invalid-name',
  uuid: 'invalid-uuid',
  deviceKey: 'invalid-uuid',
  secret: 'plain-secret',
};

/** `$schema` at the top of a file. */
export const schemaUrl = () => form<string>('text', 'the URL of the JSON Schema of this file, for editors');
export const text = (description?: string) => form<string>('text', description);
export const label = (description?: string) => form<string>('label', description);
export const name = (description?: string) => form<string>('name', description);
export const optionalName = (description?: string) => form<string>('optionalName', description);
export const variable = (description?: string) => form<string>('variable', description);
export const uuid = (description?: string) => form<string>('uuid', description);
export const url = (description?: string) => form<string>('url', description);
