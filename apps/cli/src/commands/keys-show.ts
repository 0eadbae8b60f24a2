// SPDX-License-Identifier: Apache-2.0
import { defineCommand, exitCode, optionalText, textWithDefault } from '@fairlead/program';
import type { RoleName } from '@fairlead/trust/verify';
import { readRoleSigners } from '../key-files.ts';
import { lackOf, readRootFiles } from '../root-files.ts';

const roles: readonly RoleName[] = ['root', 'targets', 'snapshot', 'timestamp'];

export const keysShowCommand = defineCommand({
  name: 'keys show',
  summary: 'Tell which keys the newest root of a work tree lists, and which of them a key folder holds.',
  examples: ['fairlead keys show --repo ~/fleet', 'fairlead keys show --repo ~/fleet --dir ~/fleet-keys'],
  flags: {
    repo: textWithDefault('--repo <path>', 'a work tree of the fleet', '.'),
    dir: optionalText('--dir <keys>', 'a key folder'),
  },
  async run({ flags: { repo, dir } }, context) {
    const files = await readRootFiles(repo);
    const newest = files.at(-1) ?? files[0];
    const before = files.at(-2);
    const lacks = before === undefined ? undefined : lackOf(before, newest.bytes);
    const held = new Set<string>();
    if (dir !== undefined)
      for (const role of roles) for (const { keyId } of await readRoleSigners(dir, role)) held.add(keyId);
    const { version, expires, ca } = newest.root;
    const json = {
      root: newest.path,
      version,
      expires: new Date(expires).toISOString(),
      complete: lacks === undefined,
      roles: Object.fromEntries(
        roles.map((role) => {
          const { keys, threshold } = newest.root.roles[role];
          return [role, { threshold, keys: keys.map(({ id }) => ({ id, held: held.has(id) })) }];
        }),
      ),
      ca,
    };
    const lines = roles.flatMap((role) => {
      const { keys, threshold } = newest.root.roles[role];
      return [
        `${role}: ${threshold} of ${keys.length}`,
        ...keys.map(({ id }) => `  ${id}${held.has(id) ? '  (in the folder)' : ''}`),
      ];
    });
    const text = [
      `root version ${version}, until ${new Date(expires).toISOString()}`,
      ...(lacks === undefined ? [] : [`not complete: ${lacks}`]),
      ...lines,
      'ca:',
      ...ca.map((digest) => `  ${digest}`),
    ].join('\n');
    await context.answer({ json, text });
    return exitCode.done;
  },
});
