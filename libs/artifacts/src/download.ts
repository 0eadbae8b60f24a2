// SPDX-License-Identifier: Apache-2.0
import type { IncomingMessage } from 'node:http';
import { FairleadError, type Clock, type Digest } from '@fairlead/base';
import { readAnswerHead, strongTag } from './content-range.ts';
import { httpAnswer, type HttpLimits } from './http-get.ts';
import { watchIdle, type IdleWatch } from './idle-watch.ts';
import type { PartialFile } from './partial-file.ts';

export interface WantedArtifact {
  /** http or https. */
  readonly url: string;
  readonly digest: Digest;
  /** Bytes, exactly; 0: not stated, and then bounded by `unstatedBytes`. */
  readonly size: number;
  /** 32 lower-case hexadecimal digits; compared too, never alone. */
  readonly md5?: string;
}

export interface DownloadSettings extends HttpLimits {
  /** Cap of a download whose size is not stated, in bytes. */
  readonly unstatedBytes: number;
}

export interface Progress {
  /** Bytes on disk so far, those of earlier attempts included. */
  readonly received: number;
  /** Bytes; 0: not known. */
  readonly total: number;
}

export interface DownloadContext {
  readonly clock: Clock;
  readonly settings: DownloadSettings;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: Progress) => void;
}

/**
 * Completes a partial file until its digest is the wanted one, or throws why not. One attempt: who wants to try again calls again,
 * and it goes on where it stopped. Bytes that were joined over several attempts and do not match are thrown away and fetched once
 * more from the start, since the host may have changed its file between.
 */
export async function download(
  wanted: WantedArtifact,
  partial: PartialFile,
  context: DownloadContext,
): Promise<void> {
  const joined = (await partial.length()) > 0;
  await transfer(wanted, partial, context);
  if (await matches(wanted, partial)) return;
  await partial.drop();
  if (joined) {
    await transfer(wanted, partial, context);
    if (await matches(wanted, partial)) return;
    await partial.drop();
  }
  throw new FairleadError({
    code: 'digest-mismatch',
    message: `${wanted.url} does not have the checksum stated for it`,
  });
}

async function matches(wanted: WantedArtifact, partial: PartialFile): Promise<boolean> {
  const { digest, md5 } = await partial.hashes();
  return digest === wanted.digest && (wanted.md5 === undefined || wanted.md5 === md5);
}

async function transfer(
  wanted: WantedArtifact,
  partial: PartialFile,
  context: DownloadContext,
): Promise<void> {
  let have = await partial.length();
  if (wanted.size > 0 && have > wanted.size) {
    await partial.drop();
    have = 0;
  }
  if (wanted.size > 0 && have === wanted.size) return;
  const watch = watchIdle(context.clock, context.signal);
  try {
    const whole = have > 0 && !(await transferFrom(have, wanted, partial, context, watch));
    if (have === 0 || whole) await transferFrom(0, wanted, partial, context, watch);
  } finally {
    watch.end();
  }
}

/** True: the body came. False: the host cannot continue there, the partial file is dropped, and the caller starts anew. */
async function transferFrom(
  from: number,
  wanted: WantedArtifact,
  partial: PartialFile,
  context: DownloadContext,
  watch: IdleWatch,
): Promise<boolean> {
  const tag = from > 0 ? await partial.tag(wanted.url) : null;
  const headers = {
    ...(from > 0 ? { range: `bytes=${String(from)}-` } : {}),
    ...(tag === null ? {} : { 'if-range': tag }),
  };
  const answer = await httpAnswer(wanted.url, headers, context.settings, watch);
  try {
    const head = readAnswerHead(answer.statusCode ?? 0, answer.headers);
    if (head.kind === 'refused') {
      throw new FairleadError({
        code: 'artifact-unreachable',
        message: `${wanted.url} answered ${String(answer.statusCode)}`,
      });
    }
    const start = head.kind === 'whole' ? 0 : head.kind === 'rest' ? head.start : -1;
    if (head.kind === 'unsatisfiable' || (start !== 0 && start !== from)) {
      await partial.drop();
      if (from > 0) return false;
      throw new FairleadError({
        code: 'artifact-unreachable',
        message: `${wanted.url} answered with another part than asked for`,
      });
    }
    if (wanted.size > 0 && head.total !== null && head.total !== wanted.size) {
      await partial.drop();
      throw sizeMismatch(wanted, `is ${String(head.total)} bytes long`);
    }
    await receive(answer, start, wanted, partial, context, watch);
    return true;
  } finally {
    answer.destroy();
  }
}

async function receive(
  answer: IncomingMessage,
  start: number,
  wanted: WantedArtifact,
  partial: PartialFile,
  context: DownloadContext,
  watch: IdleWatch,
): Promise<void> {
  const cap = wanted.size > 0 ? wanted.size : context.settings.unstatedBytes;
  const file = await partial.append(start === 0 ? { url: wanted.url, tag: strongTag(answer.headers) } : null);
  let received = start;
  try {
    const body = bodyOf(answer, watch, context.settings.idleMs, wanted.url);
    for await (const chunk of body) {
      if (received + chunk.length > cap) {
        await partial.drop();
        throw sizeMismatch(wanted, 'goes on beyond it');
      }
      await file.writeFile(chunk);
      received += chunk.length;
      context.onProgress({ received, total: wanted.size });
    }
    await file.sync();
  } finally {
    await file.close();
  }
  if (received < wanted.size) {
    throw new FairleadError({
      code: 'artifact-truncated',
      message: `${wanted.url} ended after ${String(received)} of ${String(wanted.size)} bytes`,
    });
  }
}

/** The body's chunks; a cut connection is `artifact-truncated`, silence `artifact-slow`. */
async function* bodyOf(
  answer: IncomingMessage,
  watch: IdleWatch,
  idleMs: number,
  url: string,
): AsyncGenerator<Buffer> {
  watch.expect(idleMs, `data from ${url}`);
  try {
    for await (const chunk of answer) {
      watch.expect(idleMs, `data from ${url}`);
      yield chunk as Buffer;
    }
  } catch (error) {
    watch.signal.throwIfAborted();
    if (error instanceof FairleadError) throw error;
    throw new FairleadError({
      code: 'artifact-truncated',
      message: `the connection for ${url} was cut`,
      cause: error,
    });
  }
}

function sizeMismatch(wanted: WantedArtifact, what: string): FairleadError {
  const stated = wanted.size > 0 ? `${String(wanted.size)} bytes are stated for` : 'no size is stated for';
  return new FairleadError({
    code: 'size-mismatch',
    message: `${stated} ${wanted.url}; the host's file ${what}`,
  });
}
