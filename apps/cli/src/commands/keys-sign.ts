// SPDX-License-Identifier: Apache-2.0
import { FairleadError } from '@fairlead/base';
import { defineCommand, exitCode, requiredText } from '@fairlead/program';
import { countersign } from '@fairlead/trust/sign';
import { dirname, join } from 'node:path';
import { readSigner } from '../key-files.ts';
import { lackOf, readRootFile, writeRootFile } from '../root-files.ts';

export const keysSignCommand = defineCommand({
  name: 'keys sign',
  summary: 'Add the signature of one root key to a root that enough holders must sign.',
  examples: ['fairlead keys sign trust/root/2.json --key alice.pem'],
  args: '<file>',
  flags: { key: requiredText('--key <file>', 'the private root key') },
  async run({ flags, args: [path = ''] }, context) {
    const file = await readRootFile(path);
    const { version } = file.root;
    if (version === 1)
      throw new FairleadError({
        code: 'misuse',
        message: 'the first root is the identity of the fleet: it stays as it is',
      });
    const before = await readRootFile(join(dirname(path), `${String(version - 1)}.json`));
    const signer = await readSigner(flags.key);
    const listed = [before.root, file.root].some(({ roles }) =>
      roles.root.keys.some(({ id }) => id === signer.keyId),
    );
    if (!listed) {
      throw new FairleadError({
        code: 'keys-not-listed',
        message: `key ${signer.keyId} is a root key neither of version ${version} nor of the one before`,
        hint: 'See who signs with: fairlead keys show --repo <path>',
      });
    }
    const signed = countersign('root', file.bytes, [signer]);
    if (!signed.ok) throw new FairleadError({ code: 'root-invalid', message: signed.error.message });
    await writeRootFile(path, signed.value);
    const lacks = lackOf(before, signed.value);
    await context.answer({
      json: { root: path, version, key: signer.keyId, complete: lacks === undefined, lacks: lacks ?? null },
      text: [
        `signed   ${path}`,
        `key      ${signer.keyId}`,
        lacks === undefined ? 'Enough have signed: commit it.' : `Not enough yet: ${lacks}.`,
      ].join('\n'),
    });
    return exitCode.done;
  },
});
