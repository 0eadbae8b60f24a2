// SPDX-License-Identifier: Apache-2.0
import { errnoOf, FairleadError } from '@fairlead/base';
import { defineCommand, exitCode, requiredText } from '@fairlead/program';
import { createEd25519Key, ed25519Signer } from '@fairlead/trust/sign';
import { createPublicKey } from 'node:crypto';
import { writeFile } from 'node:fs/promises';

export const keysCreateCommand = defineCommand({
  name: 'keys create',
  summary:
    'Make one key for a holder who signs on a machine of their own. Never overwrites, never prints it.',
  examples: ['fairlead keys create --key alice.pem'],
  flags: {
    key: requiredText('--key <file>', 'the new private key; the public one is put beside it as <file>.pub'),
  },
  async run({ flags: { key } }, context) {
    const pem = createEd25519Key();
    const publicPem = createPublicKey(pem).export({ type: 'spki', format: 'pem' }).toString();
    await writeNew(key, pem, 0o600);
    await writeNew(`${key}.pub`, publicPem, 0o644);
    const { keyId } = ed25519Signer(pem);
    await context.answer({
      json: { key, public: `${key}.pub`, id: keyId },
      text: [
        `key  ${keyId}`,
        '',
        `Give ${key}.pub to whoever runs: fairlead keys rotate --role <role> --add ${key}.pub`,
      ].join('\n'),
    });
    return exitCode.done;
  },
});

async function writeNew(path: string, content: string, mode: number): Promise<void> {
  try {
    await writeFile(path, content, { flag: 'wx', mode, flush: true });
  } catch (thrown) {
    if (errnoOf(thrown) === 'EEXIST')
      throw new FairleadError({ code: 'keys-exist', message: `${path} exists already` });
    throw FairleadError.from(thrown, 'storage-failed');
  }
}
