// SPDX-License-Identifier: Apache-2.0
import { err, ok, type Result } from '@fairlead/base';
import { problem, type RepositoryProblem } from '../problem.ts';

/** Where a repository is. An address never holds a password. */
export type RepositoryPlace =
  | { readonly kind: 'path'; readonly path: string }
  | { readonly kind: 'http'; readonly url: string }
  /** For the `git` program: `ssh://…` or `user@host:path`. */
  | { readonly kind: 'ssh'; readonly url: string };

export interface PlaceOptions {
  /** Allows `http://`, to this machine only. */
  readonly insecureLoopback: boolean;
}

/** Reads what people give for a repository: an address or a path. */
export function parseRepositoryPlace(
  text: string,
  { insecureLoopback }: PlaceOptions,
): Result<RepositoryPlace, RepositoryProblem> {
  if (/^[^/@:\s]+@[^/@:\s-][^/@:\s]*:(?!\/\/)\S+$/.test(text)) return ok({ kind: 'ssh', url: text });
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(text)?.[1]?.toLowerCase();
  if (scheme === undefined) return ok({ kind: 'path', path: text });
  if (!URL.canParse(text)) return misuse(`${scheme}://… is no address`);
  const url = new URL(text);
  if (url.password !== '') {
    return misuse('the address holds a password, which every user of this machine could read', [
      'Leave it out, and give --git-credentials-file.',
    ]);
  }
  switch (scheme) {
    case 'ssh':
      return url.hostname.startsWith('-')
        ? misuse('the host begins with a dash')
        : ok({ kind: 'ssh', url: text });
    case 'http':
      if (!insecureLoopback || !isLoopback(url.hostname)) {
        return misuse(`${url.host}: http:// sends credentials in plain text`, [
          'Use https://; http:// is for 127.0.0.1 and [::1] only, with --insecure-loopback.',
        ]);
      }
      return ok({ kind: 'http', url: url.href });
    case 'https':
      return ok({ kind: 'http', url: url.href });
    default:
      return misuse(`${scheme}:// is not known`, ['Use https://, ssh://, user@host:path, or a path.']);
  }
}

/** As `URL` writes a host name. */
export function isLoopback(hostname: string): boolean {
  return /^127(?:\.\d{1,3}){3}$/.test(hostname) || hostname === '[::1]';
}

function misuse(message: string, [hint]: readonly string[] = []): Result<never, RepositoryProblem> {
  const found = problem('misuse', message);
  return err(hint === undefined ? found : { ...found, hint });
}
