// SPDX-License-Identifier: Apache-2.0
import { FairleadError, sha256, type Digest } from '@fairlead/base';
import { formatImageReference, type ImageReference, type LockedContent } from '@fairlead/spec';
import * as v from 'valibot';
import { bodyOf, isThisMachine, type HttpAnswer, type HttpClient } from '../http/http-client.ts';
import { refusedStatus, unusable } from '../http/remote-problems.ts';
import { parseChallenge } from './challenge.ts';
import { manifestTypes, parseManifest, type Manifest } from './manifest.ts';
import type { RegistryCredentials } from './registry-credentials.ts';

export interface RegistryOptions {
  readonly http: HttpClient;
  /** For a registry, as `ImageReference` names it. */
  readonly credentials: (registry: string) => Promise<RegistryCredentials | undefined>;
}

/** What an image reference means now; failures are thrown with the codes of a remote. */
export type ResolveImage = (reference: ImageReference, signal: AbortSignal) => Promise<LockedContent>;

/** Of a manifest, a token; in bytes, and in milliseconds for one answer. */
const limits = { maxBytes: 4 * 2 ** 20, maxMs: 60_000 } as const;

const credentialsHint =
  'Give --registry-credentials-file, a file like ~/.docker/config.json, with a login that may pull this image.';

/**
 * Asks registries by the OCI distribution protocol for manifests only, anonymously, with a password or with a token.
 *
 * Our own few requests: the maintained clients on npm bound neither what a registry sends nor how long, and cannot be called off.
 */
export function createImageResolver({ http, credentials }: RegistryOptions): ResolveImage {
  return async (reference, signal) => {
    const session = createSession(reference, { http, credentials }, signal);
    const { digest, manifest } = await session(versionOf(reference));
    if (manifest.kind === 'image') return { digest, size: manifest.size };
    let size = 0;
    for (const image of manifest.images) {
      const inner = await session(image);
      if (inner.manifest.kind === 'index')
        throw unusable(`${formatImageReference(reference)} is an index of indexes`);
      size = Math.max(size, inner.manifest.size);
    }
    return { digest, size };
  };
}

function versionOf({ version }: ImageReference): string {
  return version.kind === 'tag' ? version.tag : version.digest;
}

interface Fetched {
  readonly digest: Digest;
  readonly manifest: Manifest;
}

/** Requests for one repository: what was found out about how to ask holds for the next. */
function createSession(
  reference: ImageReference,
  { http, credentials }: RegistryOptions,
  signal: AbortSignal,
): (version: string) => Promise<Fetched> {
  const { registry, repository } = reference;
  const name = formatImageReference(reference);
  let authorization: string | undefined;

  const get = <T>(version: string, use: (answer: HttpAnswer) => Promise<T>): Promise<T> => {
    const url = new URL(`${baseOf(registry)}/v2/${repository}/manifests/${version}`);
    const headers = {
      accept: manifestTypes.join(', '),
      ...(authorization === undefined ? {} : { authorization }),
    };
    return http.ask({ url, headers, maxMs: limits.maxMs }, signal, use);
  };

  const authorize = async (header: string): Promise<string> => {
    const challenge = parseChallenge(header);
    if (challenge === undefined) throw unusable(`${registry} asks for a login in a way that is not known`);
    const known = await credentials(registry);
    if (challenge.scheme === 'basic') {
      if (known?.kind === 'login') return basic(known);
      throw new FairleadError({
        code: 'credentials-refused',
        message: `${registry} asks for a password`,
        hint: credentialsHint,
      });
    }
    const { realm, service, scope = `repository:${repository}:pull` } = challenge;
    const asked = new URLSearchParams({ ...(service === undefined ? {} : { service }), scope });
    return `Bearer ${await tokenOf(new URL(realm), asked, known)}`;
  };

  const tokenOf = async (
    realm: URL,
    asked: URLSearchParams,
    known: RegistryCredentials | undefined,
  ): Promise<string> => {
    const isExchange = known?.kind === 'identity-token';
    const form = new URLSearchParams(asked);
    if (isExchange) {
      form.set('grant_type', 'refresh_token');
      form.set('client_id', 'fairlead');
      form.set('refresh_token', known.token);
    } else for (const [key, value] of asked) realm.searchParams.set(key, value);
    const headers = known?.kind === 'login' ? { authorization: basic(known) } : {};
    const request = { url: realm, headers, maxMs: limits.maxMs, ...(isExchange ? { form } : {}) };
    return http.ask(request, signal, async (answer) => {
      if (answer.status !== 200) throw refusedStatus(answer.shown, answer.status, credentialsHint);
      const token = parseToken((await bodyOf(answer, limits.maxBytes)).toString('utf8'));
      if (token === undefined) throw unusable(`${answer.shown} gives no token`);
      return token;
    });
  };

  return async (version) => {
    const take = async (answer: HttpAnswer): Promise<Fetched | { readonly challenge: string }> => {
      const challenge = answer.headers['www-authenticate'];
      if (answer.status === 401 && authorization === undefined && challenge !== undefined)
        return { challenge };
      if (answer.status === 404) throw missing(name, registry);
      if (answer.status !== 200) throw refusedStatus(answer.shown, answer.status, credentialsHint);
      return readManifest(name, version, answer);
    };
    const first = await get(version, take);
    if (!('challenge' in first)) return first;
    authorization = await authorize(first.challenge);
    const second = await get(version, take);
    if ('challenge' in second) throw refusedStatus(registry, 401, credentialsHint);
    return second;
  };
}

/** The digest is computed, never believed. */
async function readManifest(name: string, version: string, answer: HttpAnswer): Promise<Fetched> {
  const bytes = await bodyOf(answer, limits.maxBytes);
  const digest = sha256(bytes);
  const said = version.startsWith('sha256:') ? version : answer.headers['docker-content-digest'];
  if (said !== undefined && said !== digest)
    throw unusable(`${answer.shown} sends other bytes than those of ${String(said)}`);
  const manifest = parseManifest(bytes.toString('utf8'));
  if (!manifest.ok) throw unusable(`what ${name} names ${manifest.error}`);
  return { digest, manifest: manifest.value };
}

function missing(name: string, registry: string): FairleadError {
  return new FairleadError({
    code: 'reference-missing',
    message: `the registry ${registry} has no ${name}`,
    hint: 'Correct the name or the tag. Some registries hide what one may not see: see --registry-credentials-file.',
  });
}

/** Docker Hub answers elsewhere than it is named. */
function baseOf(registry: string): string {
  if (registry === 'docker.io') return 'https://registry-1.docker.io';
  const { hostname } = new URL(`https://${registry}`);
  return `${isThisMachine(hostname) ? 'http' : 'https'}://${registry}`;
}

function basic({ user, password }: Extract<RegistryCredentials, { kind: 'login' }>): string {
  return `Basic ${Buffer.from(`${user}:${password}`, 'utf8').toString('base64')}`;
}

const tokenAnswer = v.union([v.object({ token: v.string() }), v.object({ access_token: v.string() })]);

function parseToken(text: string): string | undefined {
  try {
    const answer = v.parse(tokenAnswer, JSON.parse(text));
    return 'token' in answer ? answer.token : answer.access_token;
  } catch {
    return undefined;
  }
}
