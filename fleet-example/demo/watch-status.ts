// SPDX-License-Identifier: Apache-2.0
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { decodeStatusPart, encodeWatchRequest, operatorService, type StatusPart } from '@fairlead/wire';
import { Client, credentials } from '@grpc/grpc-js';
import type { DemoFleet, DemoServer } from './fleet.ts';

/** Calls back with what changes in the fleet, as the server tells an operator, until the signal aborts or the server ends. */
export async function watchStatus(
  { operator }: Pick<DemoFleet, 'operator'>,
  { grpc }: Pick<DemoServer, 'grpc'>,
  onPart: (part: StatusPart) => void,
  signal: AbortSignal,
): Promise<void> {
  const [ca, key, certificate] = await Promise.all(
    ['ca.crt', 'key.pem', 'cert.pem'].map((name) => readFile(join(operator, name))),
  );
  // The server's certificate holds this name too; TLS sends names only, no addresses.
  const named = { 'grpc.ssl_target_name_override': 'localhost' };
  const client = new Client(grpc, credentials.createSsl(ca, key, certificate), named);
  const { path, requestSerialize, responseDeserialize } = operatorService.watchStatus;
  const stream = client.makeServerStreamRequest(
    path,
    requestSerialize,
    responseDeserialize,
    encodeWatchRequest(),
  );
  const close = (): void => {
    stream.cancel();
    client.close();
  };
  stream.on('data', (bytes: Buffer) => {
    const part = decodeStatusPart(bytes);
    if (part.ok) onPart(part.value);
  });
  // The server's own end is seen by whoever started it.
  stream.on('error', () => {
    client.close();
  });
  if (signal.aborted) close();
  else signal.addEventListener('abort', close, { once: true });
}
