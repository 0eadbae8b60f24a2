// SPDX-License-Identifier: Apache-2.0
import { freemem } from 'node:os';

export function start({ config, say }) {
  const report = () => say(`${Math.round(freemem() / 2 ** 20)} MiB free at ${config.site}`);
  report();
  setInterval(report, config.everyMs ?? 10_000);
}
