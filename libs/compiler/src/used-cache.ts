// SPDX-License-Identifier: Apache-2.0

/** Remembers what was made from a key for as long as it is used: what two sweeps in a row have not seen used is dropped. */
export interface UsedCache<T> {
  get(key: string): T | undefined;
  set(key: string, value: T): void;
  sweep(): void;
}

export function createUsedCache<T>(): UsedCache<T> {
  let current = new Map<string, T>();
  let before = new Map<string, T>();
  return {
    get(key) {
      const value = current.get(key) ?? before.get(key);
      if (value !== undefined) current.set(key, value);
      return value;
    },
    set(key, value) {
      current.set(key, value);
    },
    sweep() {
      before = current;
      current = new Map();
    },
  };
}
