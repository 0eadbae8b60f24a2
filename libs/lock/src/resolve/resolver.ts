// SPDX-License-Identifier: Apache-2.0
import { FairleadError, type Clock } from '@fairlead/base';
import {
  parseImageReference,
  type LockedBranch,
  type LockedContent,
  type LockReference,
} from '@fairlead/spec';
import { createHttpClient } from '../http/http-client.ts';
import { createImageResolver } from '../registry/registry.ts';
import { readRegistryCredentials } from '../registry/registry-credentials.ts';
import { measureFile } from './measure-file.ts';
import { resolveBranch } from './resolve-branch.ts';

/** What a reference means now. */
export type Meaning =
  | { readonly kind: 'image'; readonly entry: LockedContent }
  | { readonly kind: 'file'; readonly entry: LockedContent; readonly md5: string }
  | { readonly kind: 'branch'; readonly entry: LockedBranch };

/** Finds out what a reference means now, whatever it is. Failures are thrown. */
export interface Resolver {
  resolve(reference: LockReference, signal: AbortSignal): Promise<Meaning>;
}

export interface ResolverOptions {
  readonly clock: Clock;
  /** Of the form of `~/.docker/config.json`; read anew for each registry. */
  readonly registryCredentialsFile?: string | undefined;
  /** As for a server: `user:token@host`; read anew for each request. */
  readonly gitCredentialsFile?: string | undefined;
  /** No download is larger, in bytes. */
  readonly maxBytes: number;
  /** A host that sends nothing for so long is given up, in milliseconds. */
  readonly idleMs: number;
  /** Told of each download after each piece; `total` in bytes, where the host states it. */
  readonly onProgress: (url: string, received: number, total: number | undefined) => void;
}

export function createResolver(options: ResolverOptions): Resolver {
  const { clock, idleMs, maxBytes, registryCredentialsFile, onProgress } = options;
  const http = createHttpClient({ clock, idleMs });
  const resolveImage = createImageResolver({
    http,
    credentials: async (registry) =>
      registryCredentialsFile === undefined
        ? undefined
        : readRegistryCredentials(registryCredentialsFile, registry),
  });
  return {
    async resolve(reference, signal) {
      switch (reference.kind) {
        case 'image': {
          const parsed = parseImageReference(reference.reference);
          if (!parsed.ok) throw new FairleadError({ code: 'invalid-value', message: parsed.error });
          return { kind: 'image', entry: await resolveImage(parsed.value, signal) };
        }
        case 'file': {
          const { url } = reference;
          if (!URL.canParse(url))
            throw new FairleadError({ code: 'invalid-value', message: `'${url}' is no URL` });
          const { md5, ...entry } = await measureFile(
            new URL(url),
            {
              http,
              maxBytes,
              onProgress: (received, total) => {
                onProgress(url, received, total);
              },
            },
            signal,
          );
          return { kind: 'file', entry, md5 };
        }
        case 'branch': {
          const git = { clock, idleMs, credentialsFile: options.gitCredentialsFile };
          return {
            kind: 'branch',
            entry: await resolveBranch(reference.repository, reference.branch, git, signal),
          };
        }
        case 'pod':
          throw new FairleadError({
            code: 'source-unsupported',
            message: `this release cannot lock the pod '${reference.reference}'`,
            hint: 'Name its specification by path.',
          });
      }
    },
  };
}
