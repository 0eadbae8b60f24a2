// SPDX-License-Identifier: Apache-2.0
import { err, ok, type Result } from '@fairlead/base';
import { noOptions, parseSignerOptions, startsOptions, type SignerOptions } from './signer-options.ts';
import { parseSshKey, sshKeyType, type SshKey } from './ssh-key.ts';

/** One line of an allowed signers file (ssh-keygen(1), ALLOWED SIGNERS). */
export interface AllowedSigner extends SignerOptions {
  /** A list of patterns: whom the key belongs to. */
  readonly principals: string;
  readonly key: SshKey;
}

/** A line that is not understood. */
export interface SignersProblem {
  /** From 1. */
  readonly line: number;
  readonly message: string;
}

/** What the lines of a file say that are understood, and the lines that are not. */
export interface SignerLines<T> {
  readonly entries: readonly T[];
  readonly problems: readonly SignersProblem[];
}

export function parseAllowedSigners(content: string): SignerLines<AllowedSigner> {
  return parseLines(content, parseSigner);
}

/** Public keys, one a line, with or without a comment: the text form of Git's `gpg.ssh.revocationFile`. */
export function parseRevokedSigners(content: string): SignerLines<SshKey> {
  return parseLines(content, parseKey);
}

function parseLines<T>(content: string, parse: (line: string) => Result<T, string>): SignerLines<T> {
  const entries: T[] = [];
  const problems: SignersProblem[] = [];
  for (const [index, text] of content.split('\n').entries()) {
    const line = text.trim();
    if (line === '' || line.startsWith('#')) continue;
    const parsed = parse(line);
    if (parsed.ok) entries.push(parsed.value);
    else problems.push({ line: index + 1, message: parsed.error });
  }
  return { entries, problems };
}

/** Characters. Names are compared with patterns, in time that grows with the product of both. */
const maxPrincipals = 2000;

/** Principals, options if there are any, the key. */
function parseSigner(line: string): Result<AllowedSigner, string> {
  const whose = /^(?:"([^"]+)"|([^\s"]+))\s+/.exec(line);
  if (whose === null) return err('it names nobody, or no key');
  const principals = whose[1] ?? whose[2] ?? '';
  if (principals.length > maxPrincipals)
    return err(`it names more than ${String(maxPrincipals)} characters of people`);
  const rest = line.slice(whose[0].length);
  const written = startsOptions(rest) ? (/^(?:"(?:\\"|[^"])*"|[^\s"])+/.exec(rest)?.[0] ?? '') : '';
  const options = written === '' ? ok(noOptions) : parseSignerOptions(written);
  if (!options.ok) return options;
  const key = parseKey(rest.slice(written.length).trim());
  return key.ok ? ok({ principals, key: key.value, ...options.value }) : key;
}

/** Kind, key in base64, a comment. */
function parseKey(text: string): Result<SshKey, string> {
  const [kind = '', base64 = ''] = text.split(/\s+/);
  const blob = /^[A-Za-z0-9+/]+={0,2}$/.test(base64) ? Buffer.from(base64, 'base64') : Buffer.alloc(0);
  if (sshKeyType(blob) !== kind) return err(`'${kind}' is no public key, nor an option that is known`);
  const key = parseSshKey(blob);
  return key === undefined ? err(`a key of the kind '${kind}' is not read, or it is broken`) : ok(key);
}
