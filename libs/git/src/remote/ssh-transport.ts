// SPDX-License-Identifier: Apache-2.0
import { FairleadError, type Clock, type Code } from '@fairlead/base';
import { isOid } from '../oid.ts';
import { runGit, type GitRun } from './git-program.ts';
import { isSafeRefName } from './ref-name.ts';
import { slow } from './remote-failure.ts';
import type { Transport } from './transport.ts';

export interface SshTransportOptions {
  readonly url: string;
  /** Of the mirror. */
  readonly commonDir: string;
  readonly clock: Clock;
  /** A remote that sends nothing for so long is given up, in milliseconds. */
  readonly idleMs: number;
}

/** However steadily a remote trickles, an answer is to be there by then; in milliseconds. */
const maxMs = 3_600_000;

/** Remotes over ssh, by the installed `git`: the keys, hosts and proxies of the user's own `ssh` apply. */
export function createSshTransport({ url, commonDir, clock, idleMs }: SshTransportOptions): Transport {
  async function git(args: readonly string[], signal: AbortSignal): Promise<GitRun> {
    try {
      return await runGit(['--git-dir', commonDir, ...args], { clock, idleMs, maxMs }, signal);
    } catch (thrown) {
      signal.throwIfAborted();
      if (thrown instanceof FairleadError && thrown.code === 'timed-out') throw slow(url);
      throw thrown;
    }
  }

  async function reading(args: readonly string[], signal: AbortSignal): Promise<string> {
    const ran = await git(args, signal);
    if (ran.code !== 0) throw failure(url, ran.stderr, 'reading');
    return ran.stdout;
  }

  return {
    async list(prefixes, signal) {
      const patterns = prefixes.map((prefix) => `${prefix}*`);
      const listed = await reading(['ls-remote', '--refs', '--', url, ...patterns], signal);
      const refs = new Map<string, string>();
      for (const line of listed.split('\n')) {
        const [oid = '', name = ''] = line.split('\t');
        if (isOid(oid) && isSafeRefName(name)) refs.set(name, oid);
      }
      return refs;
    },
    async fetch(refs, _haves, signal) {
      const options = [
        '--quiet',
        '--no-tags',
        '--no-write-fetch-head',
        '--no-auto-maintenance',
        '--progress',
      ];
      await reading(['fetch', ...options, '--', url, ...refs.keys()], signal);
    },
    async push({ ref, expected, oid }, _objects, signal) {
      const lease = `--force-with-lease=${ref}:${expected ?? ''}`;
      const ran = await git(['push', '--porcelain', '--progress', lease, '--', url, `${oid}:${ref}`], signal);
      if (ran.code === 0) return { kind: 'done' };
      const refused = ran.stdout.split('\n').find((line) => line.startsWith('!\t'));
      if (refused === undefined) throw failure(url, ran.stderr, 'writing');
      return {
        kind: 'refused',
        why: [refused.split('\t')[2] ?? '', said(ran.stderr)].filter(Boolean).join('; '),
      };
    },
  };
}

/** What `git` and `ssh` say in English when nothing came about, and what it means. */
const meanings: readonly (readonly [RegExp, Code, 'writing'?])[] = [
  [/host key verification failed|remote host identification has changed/i, 'remote-untrusted'],
  [/denied|not allowed|read.only|not permitted|unauthori[sz]ed|forbidden/i, 'push-refused', 'writing'],
  [/permission denied|authentication failed|access denied|too many authentication/i, 'credentials-refused'],
  [
    /not appear to be a git repository|repository.*not (?:exist|found)|no such (?:file|repository)/i,
    'repository-missing',
  ],
  [/object.format|hash algorithm/i, 'repository-unsupported'],
  [/protocol error|bad line length|invalid.*pack|fsck/i, 'remote-unusable'],
];

function failure(url: string, stderr: string, doing: 'reading' | 'writing'): FairleadError {
  const found = meanings.find(
    ([words, , when]) => words.test(stderr) && (when === undefined || when === doing),
  );
  return new FairleadError({ code: found?.[1] ?? 'remote-unreachable', message: `${url}: ${said(stderr)}` });
}

/** One line, without what only a terminal understands. */
function said(stderr: string): string {
  return stderr
    .replace(/[\x00-\x1f\x7f]+/g, ' ')
    .replace(/\s+/g, ' ')
    .trim()
    .slice(-400);
}
