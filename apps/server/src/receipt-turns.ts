// SPDX-License-Identifier: Apache-2.0

/** One receipt on its way to the log. */
export interface ReceiptTurn {
  /** Whether it may be given to this log now. If so, it counts as there until `failed` or `leave`. */
  enter(log: object): boolean;
  /** It could not be stored, and will be given again. */
  failed(): void;
  /** It stands in the log, or was given up. */
  leave(): void;
}

/**
 * Keeps the receipts of each device in the order in which they came, also where storing them is tried again, and where the log is opened
 * anew meanwhile: a later one that stood in the log first would leave a gap, and the earlier one would pass for a duplicate.
 */
export interface ReceiptTurns {
  take(device: string): ReceiptTurn;
}

interface Standing {
  /** The log that has it now; null: none. */
  log: object | null;
}

export function createReceiptTurns(): ReceiptTurns {
  const devices = new Map<string, Standing[]>();
  return {
    take(device) {
      const queue = devices.get(device) ?? [];
      devices.set(device, queue);
      const own: Standing = { log: null };
      queue.push(own);
      return {
        enter(log) {
          // One log keeps the order of what it is given, and fails what follows a failure.
          const isInOrder = queue.slice(0, queue.indexOf(own)).every((before) => before.log === log);
          if (isInOrder) own.log = log;
          return isInOrder;
        },
        failed() {
          own.log = null;
        },
        leave() {
          queue.splice(queue.indexOf(own), 1);
          if (queue.length === 0) devices.delete(device);
        },
      };
    },
  };
}
