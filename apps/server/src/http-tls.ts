// SPDX-License-Identifier: Apache-2.0
import { FairleadError } from '@fairlead/base';
import { isLoopback, type Address } from '@fairlead/program';
import { readFile } from 'node:fs/promises';
import { createSecureContext } from 'node:tls';

export interface HttpTls {
  readonly key: string;
  readonly cert: string;
}

/** What `--http` speaks: HTTPS with its own certificate or the server's; plain text (null) only when asked for, and only to this machine. */
export async function readHttpTls(options: {
  readonly address: Address;
  readonly certFile: string | undefined;
  readonly keyFile: string | undefined;
  readonly insecureLoopback: boolean;
  readonly own: { readonly key: string; readonly certificate: string };
}): Promise<HttpTls | null> {
  const { address, certFile, keyFile, insecureLoopback, own } = options;
  if (insecureLoopback) {
    if (isLoopback(address.host)) return null;
    throw new FairleadError({
      code: 'misuse',
      message: `--insecure-loopback: ${address.host} is not a loopback address`,
      hint: 'Use 127.0.0.1 or [::1], or leave the flag out.',
    });
  }
  if (certFile === undefined || keyFile === undefined) return { key: own.key, cert: own.certificate };
  const tls = { key: await read('--http-key', keyFile), cert: await read('--http-cert', certFile) };
  try {
    createSecureContext(tls);
  } catch (cause) {
    throw new FairleadError({
      code: 'keys-missing',
      message: `--http-cert and --http-key: ${cause instanceof Error ? cause.message : 'not a certificate and its key'}`,
      hint: 'Give a PEM certificate, the chain after it, and the key that it is for.',
      cause,
    });
  }
  return tls;
}

async function read(flag: string, path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw new FairleadError({
      code: 'keys-missing',
      message: `${flag}: cannot read ${path}`,
      hint: 'Check the path.',
      cause,
    });
  }
}
