// SPDX-License-Identifier: Apache-2.0

/** Quantiles of what was measured, in milliseconds; null: nothing was. */
export interface Quantiles {
  readonly count: number;
  readonly p50: number;
  readonly p99: number;
  readonly last: number;
}

/** Samples kept: beyond that each new one takes the place of an old one in turn. */
const maxSamples = 100_000;

export interface Latencies {
  add(ms: number): void;
  quantiles(): Quantiles | null;
}

export function createLatencies(): Latencies {
  const samples: number[] = [];
  let count = 0;
  return {
    add(ms) {
      samples[count % maxSamples] = ms;
      count += 1;
    },
    quantiles() {
      if (count === 0) return null;
      const sorted = Float64Array.from(samples).sort();
      const at = (share: number): number =>
        Math.round((sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0) * 10) / 10;
      return { count, p50: at(0.5), p99: at(0.99), last: at(1) };
    },
  };
}
