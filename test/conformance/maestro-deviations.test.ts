// SPDX-License-Identifier: Apache-2.0
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { conformanceDir } from '@fairlead/testing';
import { describe, expect, it } from 'vitest';
import { deviations } from './deviations.ts';
import { json } from './maestro.fixture.ts';

describe('when deviations from Maestro are listed', () => {
  it('names only cases that exist', () => {
    const validations = json('observed/04-validation-cases.json') as readonly { readonly name: string }[];
    const { render } = json('observed/09-template-variables.json') as {
      readonly render: readonly (readonly string[])[];
    };
    const decodings = json('observed/10-json-decoding.json') as readonly {
      readonly type: string;
      readonly input: unknown;
    }[];
    const daemonFiles = readdirSync(join(conformanceDir() ?? '', 'maestro', 'upstream'));
    const cases = [
      'observed/02-composite.result.json: argv',
      ...validations.map(({ name }) => `observed/04-validation-cases.json: ${name}`),
      ...render.map(([text]) => `observed/09-template-variables.json: ${String(text)}`),
      ...decodings.map(
        ({ type, input }) => `observed/10-json-decoding.json: ${type} ${JSON.stringify(input)}`,
      ),
      ...daemonFiles.flatMap((file) => [`upstream/${file}: as it is`, `upstream/${file}: with variables`]),
    ].map((name) => `maestro/${name}`);
    const ours = deviations.map(({ of }) => of).filter((name) => name.startsWith('maestro/'));
    expect(ours.filter((name) => !cases.includes(name))).toEqual([]);
  });
});
