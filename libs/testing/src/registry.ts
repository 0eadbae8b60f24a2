// SPDX-License-Identifier: Apache-2.0
import { sha256, type Digest } from '@fairlead/base';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startProgram } from './program.ts';
import { run } from './run.ts';
import { tempDir } from './temp-dir.ts';
import { waitFor } from './wait-for.ts';

/** Whether Debian's docker-registry is installed. */
export function hasRegistry(): Promise<boolean> {
  return run('docker-registry', ['--version']).then(
    ({ code }) => code === 0,
    () => false,
  );
}

/** The login of a registry that asks for a password. */
export const registryLogin = { user: 'user', password: 'secret' } as const;
/** As a registry reads it, and as whoever logs in writes it. */
export const htpasswd = {
  file: `${registryLogin.user}:$2b$04$abcdefghijklmnopqrstuu2r9OfJnfCsdneAXAGHnS4UpFFP8WIrW\n`,
  login: `${registryLogin.user}:${registryLogin.password}`,
} as const;

export interface RegistryOptions {
  /**
   * Who is let in: anyone; whoever has `registryLogin`; or whoever has a token, which a server at `realm` issues and `certificate` (a
   * file, PEM) vouches for.
   */
  readonly auth?: 'none' | 'password' | { readonly realm: string; readonly certificate: string };
}

/** What was pushed: its digest, and the bytes of config and layers. */
export interface PushedImage {
  readonly digest: Digest;
  readonly size: number;
}

/** A real registry on this machine, in plain text. It ends with the test. */
export interface Registry {
  /** `127.0.0.1:<port>` */
  readonly host: string;
  /** `headers` go with each request. */
  push(
    repository: string,
    tag: string,
    layers: readonly string[],
    headers?: Readonly<Record<string, string>>,
  ): Promise<PushedImage>;
  /** An index of images that were pushed into the same repository. */
  pushIndex(repository: string, tag: string, images: readonly IndexEntry[]): Promise<Digest>;
}

export interface IndexEntry {
  readonly digest: Digest;
  readonly platform?: { readonly os: string; readonly architecture: string };
}

const imageType = 'application/vnd.oci.image.manifest.v1+json';
const indexType = 'application/vnd.oci.image.index.v1+json';

export async function startRegistry({ auth = 'none' }: RegistryOptions = {}): Promise<Registry> {
  const dir = await tempDir('registry');
  await writeFile(join(dir, 'htpasswd'), htpasswd.file);
  await writeFile(join(dir, 'registry.json'), JSON.stringify(configOf(dir, auth)));
  const program = startProgram('docker-registry', ['serve', join(dir, 'registry.json')]);
  const port = await waitFor(() => /listening on 127\.0\.0\.1:(\d+)/.exec(program.stderr())?.[1], {
    what: 'the registry',
  });
  const host = `127.0.0.1:${port}`;
  const base = `http://${host}/v2/`;

  const send = async (method: string, url: URL, init: RequestInit = {}): Promise<Response> => {
    const response = await fetch(url, { ...init, method });
    if (!response.ok)
      throw new Error(`${method} ${url.href}: ${String(response.status)} ${await response.text()}`);
    return response;
  };
  const pushBlob = async (repository: string, content: string, headers: Readonly<Record<string, string>>) => {
    const begun = await send('POST', new URL(`${repository}/blobs/uploads/`, base), { headers });
    const place = new URL(begun.headers.get('location') ?? '', base);
    const digest = sha256(content);
    place.searchParams.set('digest', digest);
    await send('PUT', place, { body: content, headers });
    return { digest, size: Buffer.byteLength(content) };
  };
  const pushManifest = async (
    [repository, tag]: readonly [string, string],
    type: string,
    manifest: object,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Digest> => {
    const body = JSON.stringify({ schemaVersion: 2, mediaType: type, ...manifest });
    const place = new URL(`${repository}/manifests/${tag}`, base);
    await send('PUT', place, { body, headers: { ...headers, 'content-type': type } });
    return sha256(body);
  };

  return {
    host,
    async push(repository, tag, layers, headers = {}) {
      const config = await pushBlob(repository, '{"architecture":"amd64","os":"linux"}', headers);
      const pushed = await Promise.all(layers.map((layer) => pushBlob(repository, layer, headers)));
      const manifest = {
        config: { ...config, mediaType: 'application/vnd.oci.image.config.v1+json' },
        layers: pushed.map((layer) => ({ ...layer, mediaType: 'application/vnd.oci.image.layer.v1.tar' })),
      };
      const size = [config, ...pushed].reduce((sum, blob) => sum + blob.size, 0);
      return { digest: await pushManifest([repository, tag], imageType, manifest, headers), size };
    },
    pushIndex: (repository, tag, images) =>
      pushManifest([repository, tag], indexType, {
        manifests: images.map((image) => ({ mediaType: imageType, size: 1, ...image })),
      }),
  };
}

function configOf(dir: string, auth: NonNullable<RegistryOptions['auth']>): object {
  const ways = {
    none: {},
    password: { auth: { htpasswd: { realm: 'test', path: join(dir, 'htpasswd') } } },
  };
  return {
    version: 0.1,
    log: { level: 'info' },
    storage: { filesystem: { rootdirectory: join(dir, 'data') } },
    http: { addr: '127.0.0.1:0' },
    ...(typeof auth === 'string'
      ? ways[auth]
      : {
          auth: {
            token: {
              realm: auth.realm,
              service: 'registry',
              issuer: 'test',
              rootcertbundle: auth.certificate,
            },
          },
        }),
  };
}
