// SPDX-License-Identifier: Apache-2.0
import { codeInfo, formatSize, type Logger } from '@fairlead/base';

/** From here on receipts are better kept in a repository of their own, in bytes: every clone of the fleet brings them along. */
export const largeReceipts = 256 * 2 ** 20;

/** Says once that receipts make the fleet repository large. */
export interface SizeAdvice {
  /** `bytes`: of all receipts in the fleet repository. */
  look(bytes: number): void;
}

export function createSizeAdvice(logger: Logger, limit: number): SizeAdvice {
  let isSaid = false;
  return {
    look(bytes) {
      if (isSaid || bytes < limit) return;
      isSaid = true;
      const code = 'log-large';
      const message = `receipts take ${formatSize(bytes)} of the fleet repository`;
      logger.warn(message, { code, bytes, hint: codeInfo(code).hint });
    },
  };
}
