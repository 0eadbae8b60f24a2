// SPDX-License-Identifier: Apache-2.0
import { err, isDigest, ok, type Digest, type Result } from '@fairlead/base';

/** An image as registries know it. */
export interface ImageReference {
  /** Host in lower case, with its port where one is named. */
  readonly registry: string;
  readonly repository: string;
  /** What is asked for: a tag may mean another image tomorrow, a digest never. */
  readonly version:
    { readonly kind: 'tag'; readonly tag: string } | { readonly kind: 'digest'; readonly digest: Digest };
}

/** Where Docker looks for what names no registry, and what it says in front of a name without a folder. */
const defaults = { registry: 'docker.io', folder: 'library/', tag: 'latest' } as const;

const label = '[a-z0-9](?:[a-z0-9-]*[a-z0-9])?';
const host = new RegExp(`^(?:${label}(?:\\.${label})*|\\[[0-9a-f:]+\\])(?::[0-9]{1,5})?$`);
const part = /^[a-z0-9]+(?:(?:\.|_{1,2}|-+)[a-z0-9]+)*$/;
const tagForm = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/;
const mostCharacters = 255;

/**
 * Reads an image reference by the grammar of the OCI distribution specification and Docker's defaults. With a digest the tag beside
 * it says nothing any more, and is left out. The error is a reason, for people.
 */
export function parseImageReference(written: string): Result<ImageReference, string> {
  if (written === '') return err('it is empty');
  if (/[^\x21-\x7e]/.test(written)) return err('it holds blanks or other than ASCII');
  if (written.includes('://')) return err('it is no URL: leave the part up to // out');
  const [named = '', digest, ...more] = written.split('@');
  if (more.length > 0) return err('it holds two @');
  if (digest !== undefined && !isDigest(digest)) return err('behind @ stands no sha256 digest');
  const [path, tag] = splitTag(named);
  if (tag !== undefined && !tagForm.test(tag)) return err(`'${tag}' is no tag`);
  const { registry, repository } = splitRegistry(path);
  if (!host.test(registry)) return err(`'${registry}' is no registry`);
  const wrong = repository.split('/').find((one) => !part.test(one));
  if (wrong !== undefined) return err(problemWith(wrong));
  if (`${registry}/${repository}`.length > mostCharacters)
    return err(`its name is longer than ${String(mostCharacters)} characters`);
  if (/^(?:library\/)?[0-9a-f]{64}$/.test(repository)) return err('64 hexadecimal digits alone are no name');
  const version: ImageReference['version'] =
    digest === undefined ? { kind: 'tag', tag: tag ?? defaults.tag } : { kind: 'digest', digest };
  return ok({ registry, repository, version });
}

/** The one way to write it: `registry/repository:tag`, or `registry/repository@digest`. */
export function formatImageReference({ registry, repository, version }: ImageReference): string {
  return `${registry}/${repository}${version.kind === 'tag' ? `:${version.tag}` : `@${version.digest}`}`;
}

/** A colon before the last slash is that of a port. */
function splitTag(named: string): readonly [path: string, tag: string | undefined] {
  const colon = named.lastIndexOf(':');
  return colon <= named.lastIndexOf('/')
    ? [named, undefined]
    : [named.slice(0, colon), named.slice(colon + 1)];
}

/** What comes first is a registry only if it cannot be a folder of the default one. */
function splitRegistry(path: string): Pick<ImageReference, 'registry' | 'repository'> {
  const slash = path.indexOf('/');
  const first = slash < 0 ? '' : path.slice(0, slash);
  const isHost = /[.:[]/.test(first) || first.toLowerCase() === 'localhost';
  const registry = isHost ? first.toLowerCase() : defaults.registry;
  const repository = isHost ? path.slice(slash + 1) : path;
  if (registry !== defaults.registry && registry !== `index.${defaults.registry}`)
    return { registry, repository };
  const folder = repository.includes('/') ? '' : defaults.folder;
  return { registry: defaults.registry, repository: folder + repository };
}

function problemWith(wrong: string): string {
  if (wrong === '') return 'a part of its name is empty';
  return wrong === wrong.toLowerCase() ? `'${wrong}' is no name` : `'${wrong}' has letters in upper case`;
}
