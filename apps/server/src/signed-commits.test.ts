// SPDX-License-Identifier: Apache-2.0
import { git, runOk } from '@fairlead/testing';
import { chmod, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { devices, newFleet, noteOn, recordOf, recordsIn, startServer, type Fleet } from './server.fixture.ts';

const allowed = 120_000;

/** Makes a key, and tells its line for the file of those who may sign. */
async function newKey({ dir }: Fleet, name: string): Promise<string> {
  const file = join(dirname(dir), name);
  await runOk('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', name, '-f', file]);
  return `${name}@example.org ${await readFile(`${file}.pub`, 'utf8')}`;
}

/** Who signs from here on; null: nobody. */
async function signAs({ dir }: Fleet, name: string | null): Promise<void> {
  await git(dir, 'config', 'commit.gpgsign', String(name !== null));
  await git(dir, 'config', 'gpg.format', 'ssh');
  if (name !== null) await git(dir, 'config', 'user.signingkey', join(dirname(dir), name));
}

const change = (fleet: Fleet, group: string) =>
  fleet.commit({ 'devices.json': { [devices[0]]: { name: group, group: 'gateways' } } });

describe('when a fleet names who may sign its commits', () => {
  it(
    'deploys what they signed, and refuses, records and notes everything else',
    async () => {
      const fleet = await newFleet();
      await startServer(fleet, fleet.dir);
      const { dir } = fleet;
      await recordOf(dir, 'revision', await fleet.head());
      const [alice, eve] = [await newKey(fleet, 'alice'), await newKey(fleet, 'eve')];
      await recordOf(
        dir,
        'revision',
        await fleet.commit({ 'trust/allowed_signers': alice }, 'unsigned: nobody is named yet'),
      );

      const unsigned = await change(fleet, 'a');
      expect(await recordOf(dir, 'refused', unsigned)).toMatchObject({
        code: 'commit-unsigned',
        diagnostics: [{ hint: expect.any(String) }],
      });
      await noteOn(dir, unsigned, 'it is not signed [commit-unsigned]');

      await signAs(fleet, 'eve');
      const added = await fleet.commit({ 'trust/allowed_signers': alice + eve });
      expect(await recordOf(dir, 'refused', added)).toMatchObject({ code: 'signer-unknown' });
      expect(await recordOf(dir, 'refused', await change(fleet, 'b'))).toMatchObject({
        code: 'signer-unknown',
      });

      await signAs(fleet, 'alice');
      const locked = await fleet.commit({ 'trust/allowed_signers': 'alice\n' });
      expect(await recordOf(dir, 'refused', locked)).toMatchObject({
        code: 'signers-malformed',
        diagnostics: [{ file: 'trust/allowed_signers', line: 1 }],
      });
      await recordOf(dir, 'revision', await fleet.commit({ 'trust/allowed_signers': alice + eve }));
      await signAs(fleet, 'eve');
      await recordOf(dir, 'revision', await change(fleet, 'c'));
      expect((await recordsIn(dir)).filter(({ kind }) => kind === 'revision')).toHaveLength(4);
    },
    allowed,
  );

  it(
    'takes a signed head over unsigned commits, and says what is missing for OpenPGP',
    async () => {
      const fleet = await newFleet();
      const alice = await newKey(fleet, 'alice');
      await signAs(fleet, 'alice');
      const first = await fleet.commit({ 'trust/allowed_signers': alice });
      await startServer(fleet, fleet.dir);
      await recordOf(fleet.dir, 'revision', first);
      await signAs(fleet, null);
      await git(fleet.dir, 'checkout', '-q', '-b', 'aside');
      await change(fleet, 'a');
      await git(fleet.dir, 'checkout', '-q', 'main');
      await signAs(fleet, 'alice');
      await git(fleet.dir, 'merge', '-q', '--no-ff', '-S', '-m', 'merge', 'aside');
      await recordOf(fleet.dir, 'revision', await fleet.head());

      const gpg = join(dirname(fleet.dir), 'gpg');
      await writeFile(
        gpg,
        "#!/bin/sh\ncat >/dev/null\necho '[GNUPG:] SIG_CREATED ' >&2\nprintf -- '-----BEGIN PGP SIGNATURE-----\\n\\nAAAA\\n-----END PGP SIGNATURE-----\\n'\n",
      );
      await chmod(gpg, 0o755);
      await git(fleet.dir, 'config', 'gpg.format', 'openpgp');
      await git(fleet.dir, 'config', 'gpg.program', gpg);
      const { code, diagnostics } = await recordOf(fleet.dir, 'refused', await change(fleet, 'b'));
      expect({ code, hint: diagnostics[0]?.hint }).toEqual({
        code: 'signature-unsupported',
        hint: expect.stringContaining('npm install openpgp'),
      });
    },
    allowed,
  );
});
