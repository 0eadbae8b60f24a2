// SPDX-License-Identifier: Apache-2.0
import { err, ok, parseSize, type Result } from '@fairlead/base';
import { durationFlag, requiredText, type Flag } from '@fairlead/program';

/** The folder of the agent, for every command. */
export const stateFlag = { state: requiredText('--state <dir>', 'folder that the agent keeps its state in') };

/** What the driver of jobs does where a unit says nothing. */
export const jobFlags = {
  stopGrace: durationFlag('--stop-grace <duration>', 'from SIGTERM to SIGKILL', '10s'),
  healthWindow: durationFlag(
    '--health-window <duration>',
    'how long a unit must stay up before its revision counts',
    '10s',
  ),
  healthDeadline: durationFlag(
    '--health-deadline <duration>',
    'longest wait for a unit to become ready and healthy',
    '5m',
  ),
  fetchTimeout: durationFlag(
    '--fetch-timeout <duration>',
    'longest silence of a host that artifacts come from',
    '30s',
  ),
  fetches: countFlag('--fetches <n>', 'artifacts fetched at a time', 3),
  imageSize: sizeFlag('--image-size <size>', 'bytes that one image may hold unpacked', '4Gi'),
  reserve: sizeFlag('--reserve <size>', 'bytes of the disk that staging leaves free', '64Mi'),
  logSize: sizeFlag('--log-size <size>', 'bytes of one log file', '10Mi'),
  logFiles: countFlag('--log-files <n>', 'log files kept for each stream of a unit, and of the agent', 3),
};

/** What is done about drift. */
export const driftFlag: Flag<'heal' | 'report'> = {
  flags: '--drift <heal|report>',
  description: 'put right what differs from the revision, or only report it',
  parse: (text) => (text === 'heal' || text === 'report' ? ok(text) : err("neither 'heal' nor 'report'")),
  absent: { kind: 'default', value: 'heal', shown: 'heal' },
};

/** How the stream to the server is kept, and sought again. */
export const streamFlags = {
  keepalive: durationFlag(
    '--keepalive <duration>',
    'how often the server is asked whether it is there',
    '60s',
  ),
  keepaliveTimeout: durationFlag(
    '--keepalive-timeout <duration>',
    'longest wait for its answer, before the stream is given up',
    '20s',
  ),
  reconnectCap: durationFlag('--reconnect-cap <duration>', 'longest pause between tries to connect', '5m'),
};

export interface StreamFlags {
  readonly keepalive: number;
  readonly keepaliveTimeout: number;
  readonly reconnectCap: number;
}

export interface JobFlags {
  readonly stopGrace: number;
  readonly healthWindow: number;
  readonly healthDeadline: number;
  readonly fetchTimeout: number;
  readonly fetches: number;
  readonly imageSize: number;
  readonly reserve: number;
  readonly logSize: number;
  readonly logFiles: number;
}

/** A size like `10Mi`, in bytes. */
function sizeFlag(flags: string, description: string, shown: string): Flag<number> {
  const value = parseSize(shown);
  return {
    flags,
    description,
    parse: parseSize,
    absent: { kind: 'default', value: value.ok ? value.value : 0, shown },
  };
}

/** A whole number from 1. */
function countFlag(flags: string, description: string, value: number): Flag<number> {
  return { flags, description, parse: parseCount, absent: { kind: 'default', value, shown: String(value) } };
}

/** A whole number from 1 whose default depends on something else. */
export function optionalCount(flags: string, description: string): Flag<number | undefined> {
  return {
    flags,
    description,
    parse: parseCount,
    absent: { kind: 'default', value: undefined, shown: undefined },
  };
}

function parseCount(text: string): Result<number, string> {
  return /^[1-9]\d{0,8}$/.test(text) ? ok(Number(text)) : err('not a whole number from 1');
}
