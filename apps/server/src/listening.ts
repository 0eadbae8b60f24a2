// SPDX-License-Identifier: Apache-2.0
import { errnoOf, FairleadError } from '@fairlead/base';
import { formatAddress, type Address } from '@fairlead/program';

/** Waits until a listener listens; what is wrong with its address is told by the flag that gave it. */
export async function listening(flag: string, address: Address, started: Promise<void>): Promise<void> {
  try {
    await started;
  } catch (cause) {
    const where = formatAddress(address);
    switch (errnoOf(cause)) {
      case 'EADDRINUSE':
        throw new FairleadError({
          code: 'address-in-use',
          message: `${flag}: another program listens on ${where}`,
          hint: `Stop the other program, or give ${flag} another address.`,
          cause,
        });
      case 'EACCES':
      case 'EADDRNOTAVAIL':
      case 'ENOTFOUND':
        throw new FairleadError({
          code: 'misuse',
          message: `${flag}: cannot listen on ${where}: ${String(errnoOf(cause))}`,
          hint: `Give ${flag} an address of this machine, and a port that this user may use.`,
          cause,
        });
      default:
        throw cause;
    }
  }
}
