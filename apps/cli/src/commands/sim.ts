// SPDX-License-Identifier: Apache-2.0
import { isAbort } from '@fairlead/base';
import {
  addressFlag,
  defineCommand,
  durationFlag,
  exitCode,
  formatAddress,
  optionalText,
  requiredText,
  requireOpenFiles,
  switchFlag,
  systemClock,
  textWithDefault,
} from '@fairlead/program';
import { createSimulatedFleet, openStateFolder, type SimulatedFleet } from '@fairlead/simulator';
import { simulatedDevices } from '../sim/device-ids.ts';
import { readFleetKeys } from '../sim/fleet-keys.ts';
import { obtainIdentities } from '../sim/identities.ts';
import { optionalCount, shareFlag } from '../sim/number-flags.ts';
import { createProgress, summaryText } from '../sim/progress.ts';

/** Between two looks at the figures, in milliseconds. */
const lookMs = 1_000;
/** Connections that are opened at once at the start; a storm opens all. */
const dialing = 256;
/** Files that the process needs beside its connections. */
const spareFiles = 100;

export const simCommand = defineCommand({
  name: 'sim',
  summary:
    'Simulate devices against a server, to size it: real connections and certificates, verified offers, signed receipts; nothing runs. SIGUSR2 cuts all connections at once.',
  examples: [
    'fairlead sim --repo big/repo --keys big/keys --server 127.0.0.1:8443',
    'fairlead sim --devices 500 --keys big/keys --server 127.0.0.1:8443 --state big/devices --fail-share 0.02 --apply-time 10s',
    'fairlead sim --repo big/repo --keys big/keys --server 127.0.0.1:8443 --issue --storm-every 1m --output json',
  ],
  flags: {
    server: addressFlag('--server <host:port>', "the server's address for devices"),
    keys: requiredText('--keys <dir>', 'the key folder of the fleet: its tokens admit the devices'),
    repo: optionalText(
      '--repo <dir>',
      'simulate the devices of this repository (default: those of: fairlead sim fleet)',
    ),
    branch: textWithDefault('--branch <name>', 'the branch whose devices they are', 'main'),
    devices: optionalCount('--devices <n>', 'how many; with --repo: the first of its devices (default: all)'),
    state: optionalText(
      '--state <dir>',
      'keep identities and memories here, so that another run goes on with them',
    ),
    issue: switchFlag(
      '--issue',
      'certificates straight from the CA of the key folder: quick, but not in the fleet log',
    ),
    applyTime: durationFlag(
      '--apply-time <duration>',
      'applying takes each device something up to this',
      '0s',
    ),
    failShare: shareFlag(
      '--fail-share <0..1>',
      'share of the target states that fail and are rolled back',
      0,
    ),
    verifyShare: shareFlag(
      '--verify-share <0..1>',
      "share of the offers that are verified; less, where the devices' own work is in the way",
      1,
    ),
    stormEvery: durationFlag(
      '--storm-every <duration>',
      'cut all connections at once, again and again; 0s: never',
      '0s',
    ),
    for: durationFlag('--for <duration>', 'end after this; 0s: at Ctrl-C', '0s'),
  },
  async run({ flags }, context) {
    const { signal } = context;
    const server = formatAddress(flags.server);
    const keys = await readFleetKeys(flags.keys);
    const devices = await simulatedDevices(flags.repo, flags.branch, flags.devices, signal);
    requireOpenFiles(devices.length + spareFiles);
    const state = flags.state === undefined ? undefined : await openStateFolder(flags.state);
    const progress = createProgress(context);
    const onProgress = (have: number): void => {
      if (have % 100 === 0 || have === devices.length)
        progress.say(`${String(have)}/${String(devices.length)} identities`);
    };
    const identities = await obtainIdentities(
      { server, keys, devices, issue: flags.issue, state, onProgress },
      signal,
    );
    const behaviour = {
      applyMs: [0, flags.applyTime],
      failShare: flags.failShare,
      verifyShare: flags.verifyShare,
    } as const;
    const memories = await state?.memories();
    const fleet = createSimulatedFleet(
      { server, anchor: keys.anchor, devices: identities, behaviour, dialing, ...(memories && { memories }) },
      { clock: systemClock, random: Math.random },
    );
    const begun = systemClock.monotonic();
    fleet.start();
    try {
      await watch(fleet, flags, signal, () => {
        progress.show(fleet.counts());
      });
    } finally {
      progress.end();
    }
    const counts = fleet.counts();
    await fleet.stop();
    await state?.saveMemories(fleet.memories());
    const ranMs = systemClock.monotonic() - begun;
    await context.answer({
      json: { event: 'summary', ranMs: Math.round(ranMs), ...counts },
      text: summaryText(counts, ranMs),
    });
    return exitCode.done;
  },
});

/** Until the signal aborts, or the time is over. */
async function watch(
  fleet: SimulatedFleet,
  times: { readonly stormEvery: number; readonly for: number },
  signal: AbortSignal,
  look: () => void,
): Promise<void> {
  const storm = (): void => {
    fleet.storm();
  };
  process.on('SIGUSR2', storm);
  const begun = systemClock.monotonic();
  let nextStorm = times.stormEvery === 0 ? Infinity : begun + times.stormEvery;
  const end = times.for === 0 ? Infinity : begun + times.for;
  try {
    for (let now = begun; now < end; now = systemClock.monotonic()) {
      if (now >= nextStorm) {
        storm();
        nextStorm += times.stormEvery;
      }
      look();
      await systemClock.sleep(Math.min(lookMs, end - now), signal);
    }
  } catch (thrown) {
    if (!isAbort(thrown)) throw thrown;
  } finally {
    process.off('SIGUSR2', storm);
  }
}
