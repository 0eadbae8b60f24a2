// SPDX-License-Identifier: Apache-2.0
import { FairleadError } from '@fairlead/base';
import type { Transport } from './transport.ts';

/** The same way, which fails at once, as if the remote were gone, from when `until` aborts: nobody who ends waits for a remote. */
export function endingTransport(transport: Transport, until: AbortSignal): Transport {
  async function bounded<T>(signal: AbortSignal, work: (both: AbortSignal) => Promise<T>): Promise<T> {
    try {
      until.throwIfAborted();
      return await work(AbortSignal.any([signal, until]));
    } catch (thrown) {
      signal.throwIfAborted();
      if (!until.aborted) throw thrown;
      throw new FairleadError({
        code: 'remote-unreachable',
        message: 'the remote did not answer before the end',
      });
    }
  }
  return {
    list: (prefixes, signal) => bounded(signal, (both) => transport.list(prefixes, both)),
    fetch: (refs, haves, signal) => bounded(signal, (both) => transport.fetch(refs, haves, both)),
    push: (update, objects, signal) => bounded(signal, (both) => transport.push(update, objects, both)),
  };
}
