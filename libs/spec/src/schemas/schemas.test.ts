// SPDX-License-Identifier: Apache-2.0
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';

import { schemas } from './index.ts';
import type { JsonSchema } from './json-schema.ts';
import { strictAjv } from './strict-ajv.fixture.ts';

/** Every part of a schema that an editor shows, by pointer. Alternatives are parts of what they are alternatives of. */
function partsOf(schema: JsonSchema, pointer = ''): readonly (readonly [string, JsonSchema])[] {
  const { properties = {}, patternProperties = {}, additionalProperties, items, anyOf = [] } = schema;
  const inner = [
    ...Object.entries(properties).map(([key, part]) => [`properties/${key}`, part] as const),
    ...Object.entries(patternProperties).map(([key, part]) => [`patternProperties/${key}`, part] as const),
    ...(items === undefined ? [] : [['items', items] as const]),
    ...(additionalProperties === undefined || additionalProperties === false
      ? []
      : [['additionalProperties', additionalProperties] as const]),
  ];
  return [
    [pointer, schema] as const,
    ...inner.flatMap(([name, part]) => partsOf(part, `${pointer}/${name}`)),
    ...anyOf.flatMap((part, index) => partsOf(part, `${pointer}/anyOf/${String(index)}`).slice(1)),
  ];
}

describe('when the schemas are shipped', () => {
  it.each([...schemas])(
    '%s compiles in every strict mode, is named by its own URL, and is data',
    (url, schema) => {
      expect(() => new Ajv2020(strictAjv).compile({ ...schema })).not.toThrow();
      expect(url).toMatch(/^https:\/\/fairlead\.dev\/schemas\/[a-z-]+\/v1\.json$/);
      expect(JSON.parse(JSON.stringify(schema))).toEqual(schema);
    },
  );

  it.each([...schemas])('%s explains all that may be written', (_url, schema) => {
    expect(schema.title).toMatch(/\S/);
    const parts = [schema, ...Object.values(schema.$defs)].flatMap((part) => partsOf(part));
    expect(parts.length).toBeGreaterThan(3);
    const keys = parts.filter(([pointer]) => /(^|\/)properties\/[^/]+$/.test(pointer));
    expect(keys.filter(([, { title = '' }]) => title === '').map(([pointer]) => pointer)).toEqual([]);
    expect(
      parts.filter(([, { description = '' }]) => description === '').map(([pointer]) => pointer),
    ).toEqual([]);
  });

  it.each([...schemas])('%s takes its own URL as $schema', (url, schema) => {
    // What a file says once its bases are merged into it is not written by anyone.
    const $schema = url.replace('/pod-flat/', '/pod/');
    expect(new Ajv2020(strictAjv).compile({ ...schema, required: [] })({ $schema })).toBe(true);
  });

  it('has one for each kind of file', () => {
    expect([...schemas.keys()].map((url) => url.split('/').at(-2))).toEqual(
      expect.arrayContaining(['fleet', 'devices', 'running-config', 'history']),
    );
  });
});
