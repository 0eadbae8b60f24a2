// SPDX-License-Identifier: Apache-2.0
// A small HTTP service: says who it is to whoever asks, and prints a heartbeat. Usage: node beacon.mjs <config file>
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';

const config = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const site = process.env.SITE ?? 'nowhere';
let beats = 0;

const server = createServer((_request, response) => {
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify({ greeting: config.greeting, site, beats }));
});

server.listen(config.port, '127.0.0.1', () => {
  console.log(`${config.greeting} from ${site}: http://127.0.0.1:${server.address().port}`);
  console.log('!!OK!!');
});

const heart = setInterval(() => {
  beats += 1;
  console.log(`beat ${beats}`);
}, config.beatMs);

process.once('SIGTERM', () => {
  console.log('good night');
  clearInterval(heart);
  server.close();
  server.closeAllConnections();
});
