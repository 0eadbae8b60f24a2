// SPDX-License-Identifier: Apache-2.0
import { digestFromHex, formatSize } from '@fairlead/base';
import type { LockedContent } from '@fairlead/spec';
import { createHash } from 'node:crypto';
import type { HttpClient } from '../http/http-client.ts';
import { refusedStatus, unusable } from '../http/remote-problems.ts';

interface MeasureOptions {
  readonly http: HttpClient;
  /** No download is larger, in bytes. */
  readonly maxBytes: number;
  /** Told after each piece; `total` in bytes, where the host states it. */
  readonly onProgress: (received: number, total: number | undefined) => void;
}

/** Of what a URL gives, with the MD5 that a file may state beside it. */
interface MeasuredFile extends LockedContent {
  readonly md5: string;
}

/** However steadily a host trickles, a download is to be there by then; in milliseconds. */
const maxMs = 6 * 3_600_000;

/** Reads what a URL gives to its end, keeping nothing. Failures are thrown with the codes of a remote. */
export async function measureFile(
  url: URL,
  { http, maxBytes, onProgress }: MeasureOptions,
  signal: AbortSignal,
): Promise<MeasuredFile> {
  return http.ask({ url, maxMs }, signal, async ({ status, headers, shown, chunks }) => {
    if (status !== 200) {
      const hint = 'Downloads are fetched without credentials, as devices fetch them: correct the URL.';
      throw refusedStatus(shown, status, hint);
    }
    const total = headers['content-length'] === undefined ? undefined : Number(headers['content-length']);
    if (total !== undefined && total > maxBytes) throw tooLarge(shown, maxBytes);
    const [strong, weak] = [createHash('sha256'), createHash('md5')];
    let size = 0;
    for await (const chunk of chunks()) {
      size += chunk.length;
      if (size > maxBytes) throw tooLarge(shown, maxBytes);
      strong.update(chunk);
      weak.update(chunk);
      onProgress(size, total);
    }
    if (size === 0) throw unusable(`${shown} gives nothing`);
    return { digest: digestFromHex(strong.digest('hex')), size, md5: weak.digest('hex') };
  });
}

function tooLarge(shown: string, maxBytes: number): Error {
  return unusable(`${shown} gives more than ${formatSize(maxBytes)}`);
}
