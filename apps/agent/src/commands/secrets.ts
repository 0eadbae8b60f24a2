// SPDX-License-Identifier: Apache-2.0
import { FairleadError } from '@fairlead/base';
import { defineCommand, exitCode } from '@fairlead/program';
import { askAgent } from '../local-client.ts';
import { createSecretStore, isSecretName, mostSecretBytes, parseSecret } from '../secret-store.ts';
import { stateFlag } from '../settings.ts';
import { makeStateFolder, stateFolder } from '../state-folder.ts';

export const secretsSetCommand = defineCommand({
  name: 'secrets set',
  summary: 'Keeps a secret, read from standard input, on this device; jobs that use it start anew.',
  args: '<name>',
  examples: [
    'fairlead-agent secrets set API_KEY --state /var/lib/fairlead <key.txt',
    "echo 'user:password' | fairlead-agent secrets set registry/registry.example.org --state /var/lib/fairlead",
    'systemd-ask-password | fairlead-agent secrets set API_KEY --state /var/lib/fairlead',
  ],
  flags: stateFlag,
  async run({ flags, args: [name = ''] }, context) {
    checkName(name);
    const value = parseSecret(await readInput());
    if (!value.ok)
      throw new FairleadError({
        code: 'misuse',
        message: `the secret on standard input cannot be kept: ${value.error}`,
        hint: 'Pipe the value in, as text.',
      });
    const folder = stateFolder(flags.state);
    await makeStateFolder(folder);
    await createSecretStore(folder.secrets).set(name, value.value);
    // Where no agent runs, or it does not answer, it is seen at its next look.
    await askAgent(folder.socket, 'POST', '/look-again').catch(() => null);
    await context.answer({ json: { name }, text: `kept ${name}` });
    return exitCode.done;
  },
});

export const secretsListCommand = defineCommand({
  name: 'secrets list',
  summary: 'Names the secrets of this device, without their values.',
  examples: ['fairlead-agent secrets list --state /var/lib/fairlead'],
  flags: stateFlag,
  async run({ flags }, context) {
    const names = await createSecretStore(stateFolder(flags.state).secrets).list();
    await context.answer({ json: names, text: names.join('\n') || 'no secrets' });
    return exitCode.done;
  },
});

export const secretsRemoveCommand = defineCommand({
  name: 'secrets remove',
  summary: 'Forgets a secret; what runs with it goes on, and does not start again without it.',
  args: '<name>',
  examples: ['fairlead-agent secrets remove API_KEY --state /var/lib/fairlead'],
  flags: stateFlag,
  async run({ flags, args: [name = ''] }, context) {
    checkName(name);
    const wasThere = await createSecretStore(stateFolder(flags.state).secrets).remove(name);
    if (!wasThere)
      throw new FairleadError({ code: 'missing-secret', message: `there is no secret '${name}'` });
    await context.answer({ json: { name }, text: `removed ${name}` });
    return exitCode.done;
  },
});

function checkName(name: string): void {
  if (!isSecretName(name))
    throw new FairleadError({
      code: 'misuse',
      message: `'${name}' is no name of a secret`,
      hint: 'Use letters, digits, _ . and -, at most 63 of them; or registry/<host> for the login of a registry.',
    });
}

/** Standard input to its end; a value that is too long is not read to its end. */
async function readInput(): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of process.stdin as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > mostSecretBytes) break;
  }
  return Buffer.concat(chunks);
}
