// SPDX-License-Identifier: Apache-2.0
import { errnoOf, FairleadError } from '@fairlead/base';
import { readFile } from 'node:fs/promises';

/** Who we are to a remote. Never logged, never an argument of a program, never stored. */
export interface GitCredentials {
  readonly user: string;
  readonly password: string;
}

interface CredentialLine extends GitCredentials {
  /** With its colon; null: any. */
  readonly protocol: string | null;
  /** With the port, where one is named. */
  readonly host: string;
  /** Without slash at the end; empty: any. */
  readonly path: string;
}

/**
 * The first entry of a credentials file that is for this address: lines `user:token@host[:port]`, or those of git-credential-store,
 * `https://user:token@host[/path]`; blank lines and `#` comments are passed over. Nothing is ever given to another host.
 */
function findCredentials(text: string, url: URL): GitCredentials | undefined {
  return text
    .split('\n')
    .map(parseLine)
    .find((line): line is CredentialLine => line !== undefined && isFor(line, url));
}

/** Read anew each time, so that a token may be changed while the server runs. */
export async function readCredentials(file: string, url: URL): Promise<GitCredentials | undefined> {
  try {
    return findCredentials(await readFile(file, 'utf8'), url);
  } catch (cause) {
    throw new FairleadError({
      code: 'credentials-refused',
      message: `--git-credentials-file: cannot read ${file}: ${errnoOf(cause) ?? 'unknown reason'}`,
      hint: 'Check the path and its permissions.',
      cause,
    });
  }
}

function parseLine(line: string): CredentialLine | undefined {
  const match = /^(?:(https?:)\/\/)?([^:\s]*):(\S*)@([^@/\s]+)(\/\S*)?$/.exec(line.trim());
  if (match === null || line.trim().startsWith('#')) return undefined;
  const [, protocol, user = '', password = '', host = '', path = ''] = match;
  // Only an address is percent-encoded.
  const decoded = protocol === undefined ? (part: string) => part : decodePart;
  return {
    protocol: protocol ?? null,
    user: decoded(user),
    password: decoded(password),
    host: host.toLowerCase(),
    path: path.replace(/\/+$/, ''),
  };
}

function decodePart(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

function isFor({ protocol, host, path, user }: CredentialLine, url: URL): boolean {
  return (
    (protocol === null || protocol === url.protocol) &&
    host === url.host &&
    (path === '' || url.pathname === path || url.pathname.startsWith(`${path}/`)) &&
    (url.username === '' || decodePart(url.username) === user)
  );
}
