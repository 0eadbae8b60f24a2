// SPDX-License-Identifier: Apache-2.0
// One agent in the guest. Usage: main first|next|poor GROUP
import { firstAgent } from './first-agent.ts';
import { nextAgent } from './next-agent.ts';
import { poorAgent } from './poor-agent.ts';

const agents = { first: firstAgent, next: nextAgent, poor: poorAgent };
const [name = '', group = ''] = process.argv.slice(2);

void agents[name as keyof typeof agents](`/tmp/${name === 'poor' ? 'poor' : 'device'}`, group)
  .then((facts) => {
    console.log(JSON.stringify({ [name]: facts }));
  })
  .catch((error: unknown) => {
    console.error(error);
  })
  // No farewell: what it left running is to outlive it.
  .finally(() => process.kill(process.pid, 'SIGKILL'));
