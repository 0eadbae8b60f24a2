// SPDX-License-Identifier: Apache-2.0
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { errnoOf, FairleadError, isDigest, raceAbort } from '@fairlead/base';
import type { Admission } from '@fairlead/link';
import {
  addressFlag,
  createProgramLogger,
  defineCommand,
  durationFlag,
  exitCode,
  formatAddress,
  logLevelFlag,
  optionalText,
  systemClock,
} from '@fairlead/program';
import { startAgent } from '../agent.ts';
import { engineFlag } from '../engine-choice.ts';
import { journalFault } from '../journal-fault.ts';
import { createRotatingFile } from '../rotating-file.ts';
import { driftFlag, jobFlags, stateFlag, streamFlags } from '../settings.ts';
import { stateFolder } from '../state-folder.ts';

export const runCommand = defineCommand({
  name: '',
  summary: 'Runs on a device what its fleet says, and says what came of it.',
  examples: [
    'fairlead-agent --state /var/lib/fairlead --server fleet.example:8443 --token-file /etc/fairlead/token',
    'fairlead-agent --state /var/lib/fairlead --server fleet.example:8443',
    'fairlead-agent --state /var/lib/fairlead --server fleet.example:8443 --device 0b9e1c5a-92a4-4c8e-8a53-0d6f1f2f7c11 --fleet sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
    'fairlead-agent status --state /var/lib/fairlead',
  ],
  flags: {
    ...stateFlag,
    server: addressFlag('--server <host:port>', 'the address of the fleet server'),
    tokenFile: optionalText(
      '--token-file <file>',
      'file with the enrolment token; without it somebody has to approve the device',
    ),
    ca: optionalText('--ca <file>', 'CA certificates that were brought along, PEM; with --root and --device'),
    root: optionalText('--root <file>', 'root version 1 that was brought along'),
    fleet: optionalText(
      '--fleet <sha256:…>',
      'instead of both: the digest of root version 1, which certifies what the server gives; with --device',
    ),
    device: optionalText('--device <uuid>', 'the id of this device, where it is not in a token'),
    ...jobFlags,
    engine: engineFlag,
    ...streamFlags,
    driftInterval: durationFlag('--drift-interval <duration>', 'how often drift is looked for', '5s'),
    drift: driftFlag,
    logLevel: logLevelFlag,
  },
  async run({ flags }, context) {
    const folder = stateFolder(flags.state);
    const { terminal } = context;
    const own = createRotatingFile(join(folder.ownLog, 'stderr.log'), flags.logSize, flags.logFiles);
    const agent = await startAgent(
      {
        folder,
        server: formatAddress(flags.server),
        admission: await readAdmission(flags),
        jobs: flags,
        stream: flags,
        containerEngine: flags.engine,
        driftInterval: flags.driftInterval,
        drift: flags.drift,
        journalFault: journalFault(terminal.env['FAIRLEAD_FAULT_JOURNAL'], () =>
          process.kill(process.pid, 'SIGKILL'),
        ),
        clock: systemClock,
        logger: createProgramLogger({
          name: 'fairlead-agent',
          terminal: {
            err(line) {
              terminal.err(line);
              own.write(line);
            },
          },
          level: flags.logLevel,
        }),
        environment: terminal.env,
      },
      context.signal,
    );
    const { device, revision } = agent.status();
    context.event({ event: 'ready', device, revision });
    await raceAbort(agent.asked, context.signal).catch(() => undefined);
    await agent.stop();
    return exitCode.done;
  },
});

interface AdmissionFlags {
  readonly tokenFile: string | undefined;
  readonly ca: string | undefined;
  readonly root: string | undefined;
  readonly fleet: string | undefined;
  readonly device: string | undefined;
}

async function readAdmission({ tokenFile, ca, root, fleet, device }: AdmissionFlags): Promise<Admission> {
  const token = tokenFile === undefined ? null : await readToken(tokenFile);
  const admission = token === null ? {} : { token };
  if (ca === undefined && root === undefined && fleet === undefined && device === undefined) return admission;
  const misuse = (message: string): FairleadError => new FairleadError({ code: 'misuse', message });
  if (device !== undefined && !/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(device))
    throw misuse(`--device: '${device}' is no UUID`);
  if (fleet !== undefined) {
    if (!isDigest(fleet)) throw misuse(`--fleet: '${fleet}' is not sha256: and 64 hex digits`);
    if (device === undefined || ca !== undefined || root !== undefined)
      throw misuse('--fleet goes with --device, in place of --ca and --root');
    return { ...admission, named: { device, fleet } };
  }
  if (ca === undefined || root === undefined || device === undefined)
    throw misuse('--ca, --root and --device belong together, or --fleet and --device');
  const [caText, rootV1] = await Promise.all([readGiven(ca), readGiven(root)]);
  return { ...admission, anchor: { device, rootV1, ca: caText.toString('utf8') } };
}

/** Null where the file is gone: once the device has its certificate, the token is not needed and may be removed. */
async function readToken(path: string): Promise<string | null> {
  try {
    return (await readFile(path, 'utf8')).trim();
  } catch (thrown) {
    if (errnoOf(thrown) === 'ENOENT') return null;
    throw unreadable(path, thrown);
  }
}

function readGiven(path: string): Promise<Buffer> {
  return readFile(path).catch((thrown: unknown) => {
    throw unreadable(path, thrown);
  });
}

function unreadable(path: string, cause: unknown): FairleadError {
  return new FairleadError({
    code: 'storage-failed',
    message: `cannot read ${path}`,
    hint: 'Check path and permissions.',
    cause,
  });
}
