// SPDX-License-Identifier: Apache-2.0
import { sha256 } from '@fairlead/base';
import { createEd25519Key, ed25519Signer, signRoot, type Ed25519Signer } from '@fairlead/trust/sign';
import { describe, expect, it } from 'vitest';
import { compiledOf, diagnosticsOf, fleet } from './commit.fixture.ts';

const committed = Date.UTC(2026, 5, 1);
const newSigner = (): Ed25519Signer => ed25519Signer(createEd25519Key());
const [first, second] = [newSigner(), newSigner()];

/** A root whose every role has one key. */
function rootOf(
  version: number,
  holder: Ed25519Signer,
  signers: readonly Ed25519Signer[],
  expires = committed + 365 * 86_400_000 * 5,
): string {
  const role = { keys: [holder.publicKey], threshold: 1 };
  const roles = { root: role, targets: role, snapshot: role, timestamp: role };
  return Buffer.from(signRoot({ version, expires, roles, ca: [sha256('ca')] }, signers)).toString('utf8');
}

const one = rootOf(1, first, [first]);
const two = rootOf(2, second, [first, second]);
const path = (version: number): string => `trust/root/${String(version)}.json`;
const said = async (roots: Readonly<Record<string, unknown>>): Promise<readonly string[]> =>
  (await diagnosticsOf({ ...fleet, ...roots }))
    .filter(({ file }) => file.startsWith('trust/'))
    .map(({ severity, code, file, line }) => `${severity} ${code} ${file}:${String(line)}`);

describe('when a commit holds roots', () => {
  it('gives all of them in order, whose first is the fleet', async () => {
    const three = rootOf(3, second, [second]);
    const compiled = await compiledOf({ ...fleet, [path(1)]: one, [path(2)]: two, [path(3)]: three });
    expect(compiled.roots.map((root) => Buffer.from(root).toString())).toEqual([one, two, three]);
    expect(compiled.manifest.fleet).toBe(sha256(one));
    expect(await said({ [path(1)]: one, [path(2)]: two })).toEqual([]);
  });

  it.each([
    ['a version left out', { [path(3)]: rootOf(3, first, [first]) }, 3],
    ['another version than its name', { [path(2)]: rootOf(3, first, [first]) }, 2],
    ['no signature of the old keys', { [path(2)]: rootOf(2, second, [second]) }, 2],
    ['no signature of its own keys', { [path(2)]: rootOf(2, second, [first]) }, 2],
    ['what is no root', { [path(2)]: '{"any":"thing"}' }, 2],
    ['the first again', { [path(2)]: one }, 2],
  ])('refuses %s, with its place', async (_what, roots, version) => {
    expect(await said({ [path(1)]: one, ...roots })).toEqual([`error root-invalid ${path(version)}:1`]);
  });

  it('refuses one that is larger than devices read', async () => {
    const large = two.replace('{', `{${' '.repeat(512_000)}`);
    expect(await said({ [path(1)]: one, [path(2)]: large })).toEqual([`error file-too-large ${path(2)}:1`]);
  });

  it('warns of one that has expired by then, and of a name that no root has', async () => {
    const expired = rootOf(2, first, [first], committed - 365 * 86_400_000 * 20);
    expect(await said({ [path(1)]: one, [path(2)]: expired })).toEqual([`warning root-expired ${path(2)}:1`]);
    expect(await said({ [path(1)]: one, 'trust/root/02.json': two })).toEqual([
      'warning root-invalid trust/root/02.json:1',
    ]);
  });
});
