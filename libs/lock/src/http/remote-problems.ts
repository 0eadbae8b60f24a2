// SPDX-License-Identifier: Apache-2.0
import { FairleadError } from '@fairlead/base';

/** The answer is none that we can use. */
export function unusable(message: string): FairleadError {
  return new FairleadError({ code: 'remote-unusable', message, hint: 'Check the address.' });
}

/** An error for an answer with this status, by what it means for whoever asked to read. */
export function refusedStatus(shown: string, status: number, credentialsHint: string): FairleadError {
  const message = `${shown} answered ${String(status)}`;
  switch (status) {
    case 401:
    case 403:
      return new FairleadError({ code: 'credentials-refused', message, hint: credentialsHint });
    case 404:
    case 410:
      return new FairleadError({ code: 'reference-missing', message });
    default: {
      const passes = status >= 500 || status === 429 || status === 408;
      return new FairleadError({ code: passes ? 'remote-unreachable' : 'remote-unusable', message });
    }
  }
}
