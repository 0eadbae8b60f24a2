// SPDX-License-Identifier: Apache-2.0
import { loadavg } from 'node:os';

export function start({ config, say }) {
  const report = () => say(`load ${loadavg()[0].toFixed(2)} at ${config.site}`);
  report();
  setInterval(report, config.everyMs ?? 10_000);
}
