// SPDX-License-Identifier: Apache-2.0
// Looks once at the machine that it is started on, says what it found and ends. Started only when somebody asks for it.
import { cpus, totalmem, uptime } from 'node:os';

const found = {
  cores: cpus().length,
  memoryMiB: Math.round(totalmem() / 2 ** 20),
  upHours: Math.round(uptime() / 3600),
};
console.log(JSON.stringify({ site: process.env.SITE ?? 'nowhere', ...found }));
