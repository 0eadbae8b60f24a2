// SPDX-License-Identifier: Apache-2.0
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';

import { schemas } from './index.ts';
import { strictAjv } from './strict-ajv.fixture.ts';

describe('when the schemas are shipped', () => {
  it.each([...schemas])(
    '%s compiles in every strict mode, is named by its own URL, and is data',
    (url, schema) => {
      expect(() => new Ajv2020(strictAjv).compile({ ...schema })).not.toThrow();
      expect(url).toMatch(/^https:\/\/fairlead\.dev\/schemas\/[a-z-]+\/v1\.json$/);
      expect(JSON.parse(JSON.stringify(schema))).toEqual(schema);
    },
  );

  it('has one for each kind of file', () => {
    expect([...schemas.keys()].map((url) => url.split('/').at(-2))).toEqual([
      'fleet',
      'devices',
      'running-config',
      'pod',
      'pod-flat',
      'history',
      'lock',
    ]);
  });
});
