// SPDX-License-Identifier: Apache-2.0
import { errnoOf, FairleadError } from '@fairlead/base';
import { readFile } from 'node:fs/promises';
import * as v from 'valibot';

/** Who we are to a registry. Never logged, never an argument of a program, never stored. */
export type RegistryCredentials =
  | { readonly kind: 'login'; readonly user: string; readonly password: string }
  /** What `docker login` keeps instead of a password where the registry gives it. */
  | { readonly kind: 'identity-token'; readonly token: string };

const entry = v.object({
  auth: v.optional(v.string()),
  username: v.optional(v.string()),
  password: v.optional(v.string()),
  identitytoken: v.optional(v.string()),
});
const configFile = v.object({ auths: v.optional(v.record(v.string(), entry), {}) });

/**
 * The entry for a registry (host, and port where one is named) in a file of the form of `~/.docker/config.json`. Nothing is ever given to
 * another registry; helper programs that such a file may name are not run.
 */
export async function readRegistryCredentials(
  file: string,
  registry: string,
): Promise<RegistryCredentials | undefined> {
  const found = Object.entries(await readAuths(file)).find(([name]) => registryOf(name) === registry);
  if (found === undefined) return undefined;
  const [, { auth = '', username, password, identitytoken }] = found;
  if (identitytoken !== undefined && identitytoken !== '')
    return { kind: 'identity-token', token: identitytoken };
  const decoded = Buffer.from(auth, 'base64').toString('utf8');
  const colon = decoded.indexOf(':');
  const user = username ?? decoded.slice(0, Math.max(0, colon));
  if (user === '') return undefined;
  return { kind: 'login', user, password: password ?? decoded.slice(colon + 1) };
}

async function readAuths(file: string): Promise<Readonly<Record<string, v.InferOutput<typeof entry>>>> {
  const refuse = (why: string, cause?: unknown): FairleadError =>
    new FairleadError({
      code: 'credentials-refused',
      message: `--registry-credentials-file: ${file} ${why}`,
      hint: 'Give a file like {"auths": {"registry.example.org": {"auth": "<base64 of user:password>"}}}.',
      cause,
    });
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (cause) {
    throw refuse(`cannot be read: ${errnoOf(cause) ?? 'unknown reason'}`, cause);
  }
  try {
    return v.parse(configFile, JSON.parse(text)).auths;
  } catch {
    // The cause would quote what is secret.
    throw refuse('is no file of credentials');
  }
}

/** `docker login` writes some registries as addresses, and Docker Hub by an old one. */
function registryOf(name: string): string {
  const host = (name.replace(/^https?:\/\//, '').split('/')[0] ?? '').toLowerCase();
  return host === 'index.docker.io' ? 'docker.io' : host;
}
