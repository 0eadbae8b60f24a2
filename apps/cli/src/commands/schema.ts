// SPDX-License-Identifier: Apache-2.0
import { FairleadError } from '@fairlead/base';
import { defineCommand, exitCode } from '@fairlead/program';
import { nearest, schemas } from '@fairlead/spec';
import { coloursFor } from '../colours.ts';

export const schemaCommand = defineCommand({
  name: 'schema',
  summary: 'Print the JSON Schema of a kind of file, for editors, or list all of them.',
  examples: [
    'fairlead schema',
    'fairlead schema running-config',
    'fairlead schema pod --out schemas/pod.json',
  ],
  args: '[name]',
  flags: {},
  async run({ args: [name] }, context) {
    if (name === undefined) {
      const { bold } = coloursFor(context.terminal);
      const width = Math.max(...[...byName.keys()].map((each) => each.length));
      await context.answer({
        json: [...byName].map(([each, { $id, title, description }]) => ({
          name: each,
          url: $id,
          title,
          description,
        })),
        text: [...byName]
          .map(([each, { description = '' }]) => `${bold(each.padEnd(width))}  ${description}`)
          .join('\n'),
      });
      return exitCode.done;
    }
    const schema = byName.get(name);
    if (schema === undefined) {
      const near = nearest(name, byName.keys());
      const hint = near === undefined ? 'See the list with: fairlead schema' : `Did you mean '${near}'?`;
      throw new FairleadError({ code: 'misuse', message: `there is no schema '${name}'`, hint });
    }
    await context.answer({ json: schema, text: JSON.stringify(schema, null, 2) });
    return exitCode.done;
  },
});

/** `https://fairlead.dev/schemas/<name>/v1.json`. */
const byName = new Map([...schemas].map(([url, schema]) => [url.split('/').at(-2) ?? url, schema] as const));
