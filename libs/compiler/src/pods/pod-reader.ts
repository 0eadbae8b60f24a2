// SPDX-License-Identifier: Apache-2.0
import { posix } from 'node:path';
import { canonicalJson, formatSize, sha256 } from '@fairlead/base';
import {
  at,
  flattenPod,
  join,
  podOf,
  lockPath,
  repositoryPath,
  sizeLimits,
  type LockedPod,
  type Problem,
  type SpecFiles,
} from '@fairlead/spec';
import type { CompileInput } from '../compile-types.ts';
import { createUsedCache } from '../used-cache.ts';
import { podContent, type PodContent } from './pod-content.ts';

/** Reads pods of commits. One whose files an earlier commit held alike is not read again. */
export interface PodReader {
  /** The pods at these paths, each of which the commit has. */
  read(input: CompileInput, paths: readonly string[]): Promise<ReadonlyMap<string, PodContent>>;
  /** The pod that the lock holds by this reference. */
  locked(reference: string, pod: LockedPod): PodContent;
  /** Forgets pods that the last two commits did not hold. */
  sweep(): void;
}

/** A pod, and the files that it was read from: what they are decides what it is. */
interface KnownPod {
  readonly content: PodContent;
  /** Blob id by path; null: not in the commit. */
  readonly files: ReadonlyMap<string, string | null>;
}

export function createPodReader(): PodReader {
  const known = createUsedCache<KnownPod>();
  const locked = createUsedCache<PodContent>();
  const keys = new WeakMap<LockedPod, string>();

  return {
    async read(input, paths) {
      const oidOf = (path: string): string | null => {
        const entry = input.files.get(path);
        return entry?.kind === 'file' ? entry.oid : null;
      };
      const isSame = ({ files }: KnownPod): boolean => [...files].every(([path, oid]) => oidOf(path) === oid);
      const blobs = createBlobs(input);
      const changed = paths.filter((path) => {
        const before = known.get(path);
        return before === undefined || !isSame(before);
      });
      await blobs.fetch(changed.flatMap((path) => oidOf(path) ?? []));
      await Promise.all(
        changed.map(async (path) => {
          const files = new Map<string, string | null>();
          const pod = await flattenPod(path, {
            resolve: resolvePath,
            read: async (file) => {
              const oid = oidOf(file);
              files.set(file, oid);
              return oid === null ? undefined : ((await blobs.read(oid)) ?? tooLarge);
            },
          });
          const key = JSON.stringify([path, ...files]);
          const content = podContent(key, pod, undefined, {
            relocate: (named, holder) => resolvePath(holder, named) ?? named,
          });
          known.set(path, { content, files });
        }),
      );
      return new Map(
        paths.flatMap((path) => {
          const pod = known.get(path);
          return pod === undefined ? [] : [[path, pod.content] as const];
        }),
      );
    },
    locked(reference, pod) {
      const digest = keys.get(pod) ?? sha256(canonicalJson(pod));
      keys.set(pod, digest);
      const key = JSON.stringify([reference, digest]);
      const content =
        locked.get(key) ??
        podContent(
          key,
          podOf(pod.specification, {
            file: lockPath,
            pointer: join('/pods', reference, 'specification'),
          }),
          pod.blobs,
          {},
        );
      locked.set(key, content);
      return content;
    },
    sweep() {
      known.sweep();
      locked.sweep();
    },
  };
}

/** A path in the repository that `file` names from its own folder; undefined where that leaves the repository. */
const resolvePath: SpecFiles['resolve'] = (file, reference) =>
  reference.startsWith('/') || reference.includes('\\')
    ? undefined
    : repositoryPath(posix.join(posix.dirname(file), reference));

const tooLarge: Problem = {
  severity: 'error',
  code: 'file-too-large',
  message: `the file is larger than ${formatSize(sizeLimits.other)}`,
  place: at(''),
};

/** Bytes of one commit's blobs, each asked for once. */
interface Blobs {
  fetch(oids: readonly string[]): Promise<void>;
  /** Undefined where it is too large. */
  read(oid: string): Promise<Uint8Array | undefined>;
}

function createBlobs(input: CompileInput): Blobs {
  const asked = new Map<string, Promise<ReadonlyMap<string, Uint8Array>>>();
  const fetch = (oids: readonly string[]): void => {
    const fresh = oids.filter((oid) => !asked.has(oid));
    if (fresh.length === 0) return;
    const answer = input.read(fresh, sizeLimits.other);
    for (const oid of fresh) asked.set(oid, answer);
  };
  return {
    async fetch(oids) {
      fetch(oids);
      await Promise.all(asked.values());
    },
    async read(oid) {
      fetch([oid]);
      return (await asked.get(oid))?.get(oid);
    },
  };
}
