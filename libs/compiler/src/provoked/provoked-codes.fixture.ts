// SPDX-License-Identifier: Apache-2.0
import { sha256, type Code, type LanguageCode } from '@fairlead/base';
import {
  emptyLock,
  flattenPod,
  lockPath,
  parsePod,
  podDiagnostics,
  type Diagnostic,
  type LockFile,
} from '@fairlead/spec';
import { createEd25519Key, ed25519Signer, signRoot } from '@fairlead/trust/sign';
import {
  bytesOf,
  commitOf,
  deviceA,
  deviceB,
  diagnosticsOf,
  fleet,
  fleetId,
  fleetOf,
  image,
  sha,
  type Files,
} from '../commit.fixture.ts';
import type { CommitFile } from '../compile-types.ts';
import { createCompiler } from '../compiler.ts';

/** Something small that is wrong in one way: what is said of it. Or the test that holds it, where a commit alone is not enough. */
type Provocation = (() => Promise<readonly Diagnostic[]>) | { readonly testedIn: string };

/** Codes of diagnostics that stand in other tables, since servers give them too. */
type SharedCode = Extract<
  Code,
  | 'commit-unsigned'
  | 'counter-not-rising'
  | 'edition-unknown'
  | 'signature-unsupported'
  | 'signature-wrong'
  | 'signer-not-valid'
  | 'signer-revoked'
  | 'signer-unknown'
  | 'signers-malformed'
>;

/** A commit of a sound fleet with these files changed, added, or (undefined) removed. */
function commit(files: Files, entries: Readonly<Record<string, CommitFile>> = {}): Provocation {
  const all = Object.fromEntries(
    Object.entries({ ...fleet, ...files }).filter(([, content]) => content !== undefined),
  );
  return () => createCompiler().check(commitOf(all, { entries }));
}

/** A fleet that runs these running configs; the first is `running/0.json`. */
const running =
  (...configs: readonly unknown[]): Provocation =>
  () =>
    diagnosticsOf(fleetOf(...configs));

/** A fleet of one job. */
const job = (more: object, rest: object = {}): Provocation =>
  running({ jobs: [{ job: 'a', exec_cmd: '/a', ...more }], ...rest });

/** A fleet whose one group is this. */
const group = (entry: object): Provocation =>
  commit({ 'fleet.json': { id: fleetId, groups: { north: { ...entry }, south: { retired: true } } } });

/** A pod specification, `pods/a.yaml`; ours unless another schema is named. */
const pod =
  (yaml: string, schema = 'https://fairlead.dev/schemas/pod/v1.json'): Provocation =>
  async () => {
    const content = bytesOf(`$schema: ${schema}\n${yaml}`);
    const files = {
      resolve: (_file: string, reference: string) => `pods/${reference}`,
      read: async (path: string) => (path === 'pods/a.yaml' ? content : undefined),
    };
    return podDiagnostics(parsePod(await flattenPod('pods/a.yaml', files)));
  };

const artemisSchema = 'https://toit.io/schemas/artemis/pod-specification/v1.json';

const imageUrl = 'https://example.org/a.tar';

/** A fleet with one image, pinned where it is named, and a lock. */
const locked = (files: LockFile['files']): Provocation => {
  const pinned = fleetOf({ jobs: [{ job: 'a', exec_cmd: '/a' }], images: [image('a', { url: imageUrl })] });
  return () => diagnosticsOf({ ...pinned, [lockPath]: { ...emptyLock, files } });
};

/** Two roots, the second properly signed, and expired long ago. */
function expiredRoots(): Files {
  const signer = ed25519Signer(createEd25519Key());
  const role = { keys: [signer.publicKey], threshold: 1 };
  const roles = { root: role, targets: role, snapshot: role, timestamp: role };
  const text = (version: number) =>
    Buffer.from(signRoot({ version, expires: 0, roles, ca: [sha256('ca')] }, [signer])).toString();
  return { 'trust/root/1.json': text(1), 'trust/root/2.json': text(2) };
}

/** One for each code that a diagnostic may carry. A code without one does not compile. */
export const provocations: Readonly<Record<LanguageCode | SharedCode, Provocation>> = {
  'ambiguous-name': commit({
    'devices.json': { [deviceA]: { name: 'x', group: 'north' }, [deviceB]: { name: 'x', group: 'north' } },
    'devices/more/x.json': undefined,
  }),
  'command-wrapped': job({ container_template: 't' }, { templates: [{ name: 't', exec_cmd: '/t' }] }),
  'commit-unsigned': { testedIn: 'apps/cli/src/check-signature.test.ts' },
  'component-undefined': commit({
    'fleet.json': {
      id: fleetId,
      groups: { north: { 'desired-state': ['d.json'] }, south: { retired: true } },
    },
    'd.json': { baselines: [{ title: 'b', components: ['containers:a'] }], domains: [] },
  }),
  'composite-invalid': running({ jobs: [{ job: 'a', composite_id: 'both', exec_cmd: '/a' }] }),
  'config-undefined': job({ config: 'none' }, { configs: [{ name: 'some', job: 'a', data: '' }] }),
  'config-unused': job({}, { configs: [{ name: 'other', job: 'a', data: '' }] }),
  'conflicting-settings': commit({ 'fleet.json': { id: fleetId, 'is-reference': true, groups: {} } }),
  'container-undefined': pod('connections: [{type: ethernet, requires: [modem]}]\n'),
  'counter-not-rising': { testedIn: 'apps/cli/src/log.test.ts' },
  'dependency-cycle': job({ depends_on: ['a'] }),
  'dependency-unknown': job({ depends_on: ['b'] }),
  deprecated: pod('chip: esp32\n', artemisSchema),
  'duplicate-definition': running(
    { jobs: [{ job: 'a', exec_cmd: '/a' }] },
    { jobs: [{ job: 'a', exec_cmd: '/b' }] },
  ),
  'duplicate-device': commit({ 'devices/more/x.json': { [deviceA]: { group: 'south' } } }),
  'duplicate-key': running('{"config":"running","config":"running"}'),
  'edition-unknown': commit({ 'fleet.json': { id: fleetId, edition: 2 ** 31 - 1, groups: {} } }),
  'extends-cycle': pod('extends: [a.yaml]\n'),
  'file-missing': group({ 'running-config': ['running/none.json'] }),
  'file-too-large': running(' '.repeat(2 ** 20 + 1)),
  'fleet-changed': { testedIn: 'apps/server/src/refusals.test.ts' },
  'fleet-missing': commit({ 'fleet.json': undefined }),
  'group-empty': group({}),
  'group-undefined': commit({ 'devices.json': { [deviceA]: { group: 'west' } } }),
  'image-undefined': job({ exec_args: ['{{IMAGE}}'] }),
  'image-unused': job({ disabled: true }, { images: [image('a')] }),
  'invalid-checksum': job({}, { images: [image('a', { checksum: { type: 'sha256sum', value: 'abc' } })] }),
  'invalid-name': job({ job: '../a' }),
  'invalid-uuid': commit({ 'devices.json': { lamp: { group: 'north' } } }),
  'invalid-value': job({ stop_timeout: -1 }),
  'job-undefined': job({}, { images: [image('b')] }),
  'json-syntax': running('{'),
  'json-too-deep': running('['.repeat(100) + ']'.repeat(100)),
  'lfs-pointer': running('version https://git-lfs.github.com/spec/v1\n'),
  'lock-mismatch': locked({ [imageUrl]: { digest: `sha256:${'b'.repeat(64)}`, size: 10 } }),
  'lock-unused': locked({ 'https://example.org/old.tar': { digest: `sha256:${sha}`, size: 10 } }),
  'missing-command': running({ jobs: [{ job: 'a' }] }),
  'missing-key': running({ jobs: [{ exec_cmd: '/a' }] }),
  'never-runs': pod('containers: {a: {snapshot: a.snap, runlevel: 4}}\n', artemisSchema),
  'no-effect': job({ pgid: 5 }),
  'not-a-file': commit({}, { link: { oid: 'e'.repeat(40), kind: 'symlink' } }),
  'not-for-containers': job(
    { message: 'hello' },
    { images: [{ job: 'a', version: '1', url: 'alpine:3', image_type: 'docker' }] },
  ),
  'not-utf8': commit({ 'running/n.json': Buffer.from([0xff]) }),
  'path-absolute': job(
    {},
    {
      configs: [
        {
          name: 'default',
          job: 'a',
          files: [
            {
              url: 'https://e.org/x',
              dest_relative_path: '/x',
              size: 1,
              checksum: { type: 'sha256sum', value: sha },
            },
          ],
        },
      ],
    },
  ),
  'path-unsafe': group({ 'running-config': ['../a.json'] }),
  'placeholder-misplaced': job({ user: '{{secrets.A}}' }),
  'placeholder-unknown': job({ exec_args: ['{{nothing}}'] }),
  'plain-secret': pod('connections: [{type: wifi, ssid: shed, password: swordfish}]\n'),
  'pod-not-built': commit({
    'fleet.json': { id: fleetId, groups: { north: { pod: './pods/p.yaml' }, south: { retired: true } } },
    'pods/p.yaml': '$schema: https://fairlead.dev/schemas/pod/v1.json\ncontainers: {a: {entrypoint: a.js}}\n',
  }),
  'reference-unlocked': job({}, { images: [image('a', { checksum: undefined })] }),
  'root-dropped': { testedIn: 'apps/server/src/roots.test.ts' },
  'root-expired': commit(expiredRoots()),
  'root-invalid': commit({ 'trust/root/2.json': {} }),
  'root-missing': commit({ 'trust/root/1.json': undefined }),
  'secret-exposed': job({ exec_args: ['--key={{secrets.A}}'] }),
  'signature-unsupported': { testedIn: 'libs/git/src/judge-signature.test.ts' },
  'signature-wrong': { testedIn: 'libs/git/src/judge-signature.test.ts' },
  'signer-not-valid': { testedIn: 'libs/git/src/judge-signature.test.ts' },
  'signer-revoked': { testedIn: 'libs/git/src/judge-signature.test.ts' },
  'signer-unknown': { testedIn: 'libs/git/src/judge-signature.test.ts' },
  'signers-malformed': { testedIn: 'apps/cli/src/check-signature.test.ts' },
  'source-unsupported': commit({
    'fleet.json': { id: fleetId, groups: { north: { pod: './pods/p.yaml' }, south: { retired: true } } },
    'pods/p.yaml':
      '$schema: https://fairlead.dev/schemas/pod/v1.json\ncontainers: {a: {snapshot: a.snapshot}}\n',
  }),
  'suspicious-value': job({ restart: true, restart_pause: 5 }),
  'template-undefined': job({ container_template: 'none' }),
  'too-many': pod(`a: [${'0, '.repeat(60_000)}]\n`),
  'trigger-unsupported': pod(
    'containers: {a: {entrypoint: a.js, triggers: [{gpio: [{pin: 1, level: high}]}]}}\n',
  ),
  'unknown-key': job({ jbo: 'a' }),
  'unsafe-integer': running('{"config":"running","date":9007199254740993}'),
  'variable-invalid': commit({
    'running/n.json': { config: 'running', jobs: [{ job: 'a', exec_cmd: '/a', user: '{{vars.V}}' }] },
    'fleet.json': {
      id: fleetId,
      vars: { V: '' },
      groups: { north: { 'running-config': ['running/n.json'] }, south: { retired: true } },
    },
  }),
  'variable-undefined': job({ exec_args: ['{{vars.NONE}}'] }),
  'weak-checksum': job({}, { images: [image('a', { checksum: { type: 'md5sum', value: 'd'.repeat(32) } })] }),
  'wrong-type': job({ exec_args: 'a' }),
  'yaml-syntax': pod('a: [\n'),
  'yaml-unsupported': pod('? [a]\n: b\n'),
};
