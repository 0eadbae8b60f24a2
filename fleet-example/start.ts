// SPDX-License-Identifier: Apache-2.0
// The whole path on this machine: a repository, a server, three devices, and a commit that reaches all of them.
import { rm } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { FairleadError } from '@fairlead/base';
import { createDemoFleet } from './demo/fleet.ts';
import { keptRepository, makeRunFolder } from './demo/run-folder.ts';
import { createShow, nextSteps } from './demo/show.ts';
import { tellStory, type Ending } from './demo/story.ts';

const usage = `usage: npm start [-- --once [--keep]]

  --once   end when the receipts are in; the last line is one JSON object
  --keep   the repository stays, in the clone's tmp/kept
`;

/** The receipts are waited for this long, in milliseconds. */
const patience = 120_000;

interface Flags {
  readonly once: boolean;
  readonly keep: boolean;
}

process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  const flags = readFlags(args);
  if (typeof flags === 'number') return flags;
  const interrupted = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    // Every time: an impatient second one must not cut the cleaning short.
    process.on(name, () => {
      interrupted.abort(new FairleadError({ code: 'cancelled', message: `stopped by ${name}` }));
    });
  }
  endWithNpm(interrupted);
  // Not even a fault of this program may leave others running.
  process.on('uncaughtException', (thrown) => {
    interrupted.abort(FairleadError.from(thrown));
  });
  try {
    const ending = await run(flags, interrupted.signal);
    if (flags.once) process.stdout.write(`${JSON.stringify(ending)}\n`);
    return 0;
  } catch (thrown) {
    const { code, message } = FairleadError.from(thrown);
    process.stderr.write(`${message}\n`);
    if (flags.once) process.stdout.write(`${JSON.stringify({ error: { code, message } })}\n`);
    return code === 'cancelled' ? 130 : 1;
  }
}

/** Whatever comes of it, nothing of it is left when this settles, but a repository that is to be kept. */
async function run({ once, keep }: Flags, interrupted: AbortSignal): Promise<Ending> {
  const dir = await makeRunFolder();
  try {
    const fleet = await createDemoFleet(keep ? { dir, repo: await keptRepository() } : { dir });
    const show = createShow(fleet.devices);
    const broken = new AbortController();
    const late = setTimeout(() => {
      const message = `the receipts were not in after ${patience / 1000} s`;
      broken.abort(new FairleadError({ code: 'timed-out', message }));
    }, patience);
    try {
      const over = AbortSignal.any([interrupted, broken.signal]);
      const { ending, server } = await tellStory(fleet, show, broken, over);
      clearTimeout(late);
      if (once) return ending;
      process.stdout.write(nextSteps(fleet, server));
      await aborted(over);
      broken.signal.throwIfAborted();
      return ending;
    } finally {
      clearTimeout(late);
      broken.abort(new FairleadError({ code: 'cancelled', message: 'over' }));
      show.step('stopping devices and server');
      await fleet.stop();
    }
  } finally {
    await rm(dir, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** A signal may end npm without reaching what it started; then nobody is left to end this. */
function endWithNpm(interrupted: AbortController): void {
  if (process.env['npm_lifecycle_event'] === undefined) return;
  const npm = process.ppid;
  const look = setInterval(() => {
    if (process.ppid === npm) return;
    interrupted.abort(new FairleadError({ code: 'cancelled', message: 'npm has ended' }));
  }, 500);
  look.unref();
}

function readFlags(args: readonly string[]): Flags | number {
  const flag = { type: 'boolean', default: false } as const;
  try {
    const { values } = parseArgs({ args: [...args], options: { once: flag, keep: flag, help: flag } });
    if (!values.help) return values;
    process.stdout.write(usage);
    return 0;
  } catch (thrown) {
    process.stderr.write(`${FairleadError.from(thrown).message}\n${usage}`);
    return 2;
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else
      signal.addEventListener(
        'abort',
        () => {
          resolve();
        },
        { once: true },
      );
  });
}
