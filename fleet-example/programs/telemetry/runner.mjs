// SPDX-License-Identifier: Apache-2.0
// One process for several modules: reads their definitions as JSON on standard input, loads and starts each from its exec_cmd,
// then says that it is ready.
import { pathToFileURL } from 'node:url';

const chunks = [];
for await (const chunk of process.stdin) chunks.push(chunk);
const { moduleconfigs, process_config } = JSON.parse(Buffer.concat(chunks).toString('utf8'));
const shared = JSON.parse(process_config ?? '{}');

for (const [name, job] of Object.entries(moduleconfigs)) {
  const { start } = await import(pathToFileURL(job.exec_cmd).href);
  const config = { ...shared, ...JSON.parse(job.config === '' ? '{}' : job.config) };
  start({ config, say: (text) => console.log(`${name}: ${text}`) });
}
process.once('SIGTERM', () => process.exit(0));
console.log(`running ${Object.keys(moduleconfigs).join(', ')} at ${shared.site}`);
console.log('!!OK!!');
