// SPDX-License-Identifier: Apache-2.0
// What devices are told in a random sequence, and what must come of it: known from the commits and the rules alone.
import { digestHex, type Digest } from '@fairlead/base';
import type { JobUnit, TargetState } from '@fairlead/target';
import { jobsOf, jobUnit, targetOf } from '@fairlead/target/testing';
import { image, type RunningConfig } from './jobs.fixture.ts';

/** What a job is like, and how many processes it is while it runs. */
const kinds = {
  /** Does nothing, for ever. */
  plain: { script: 'exec sleep 1000000', processes: 1 },
  /** Is ready when it says so. */
  talker: { script: 'sleep 0.05; echo "!!OK!!"; exec sleep 1000000', processes: 1 },
  /** Has a child that would outlive it. */
  family: { script: 'sleep 1000000 & exec sleep 1000000', processes: 2 },
  /** Ends only when it is killed. */
  stubborn: { script: "trap '' TERM; exec sleep 1000000", processes: 1 },
  /** Is a script of its image. */
  imaged: { script: '. {{IMAGE}}/run.sh', processes: 1 },
  disabled: { script: 'exec sleep 1000000', processes: 0 },
  asleep: { script: 'exec sleep 1000000', processes: 0 },
} as const;
type Kind = keyof typeof kinds;

/** Ways in which a job is no good, with the codes that say so. */
const faults = {
  exits: ['unit-ended', 'start-failed'],
  silent: ['ready-timeout'],
  missing: ['program-not-found'],
  spoilt: ['digest-mismatch'],
} as const;
export type Fault = keyof typeof faults;

export interface HostedImage {
  readonly url: string;
  readonly size: number;
  readonly digest: Digest;
}

export interface Commit {
  readonly counter: number;
  readonly state: TargetState;
  /** Null: nothing is wrong with it. */
  readonly fault: Fault | null;
  /** What runs of it: how many processes of which version of which job. */
  readonly runs: Readonly<Record<string, number>>;
}

export const codesOf = (fault: Fault): readonly string[] => faults[fault];

const names = ['ash', 'birch', 'cedar', 'dogwood'];
const restart = { enabled: true, limit: 0, pauseMs: 0, onDependencyFail: false };

export interface Surroundings {
  readonly random: () => number;
  /** Images that stand at a host. */
  readonly images: readonly HostedImage[];
}

/** A commit at random. Versions are few, so that jobs often stay what they are from one commit to the next. */
export function drawCommit(counter: number, fault: Fault | null, { random, images }: Surroundings): Commit {
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)]!;
  const runs: Record<string, number> = {};
  const units: JobUnit[] = [];
  const running = new Map<string, boolean>();
  for (const name of names) {
    // At least one: what changes nothing has no answer.
    if (units.length > 0 && random() < 0.3) continue;
    const kind = pick(Object.keys(kinds) as readonly Kind[]);
    const before = [...running.keys()];
    const requires = kind !== 'asleep' && before.length > 0 && random() < 0.3 ? [pick(before)] : [];
    const version = `${kind}-${String(Math.floor(random() * 2))}`;
    const runsNow = kinds[kind].processes > 0 && requires.every((each) => running.get(each));
    units.push(unitOf(name, kind, version, requires, pick(images)));
    // Nothing hangs on a job that waits to be asked for.
    if (kind !== 'asleep') running.set(name, runsNow);
    if (runsNow) runs[`${name} ${version}`] = kinds[kind].processes;
  }
  if (fault !== null) units.push(badUnit(fault, counter, pick(images)));
  return { counter, state: targetOf(...units), fault, runs };
}

function unitOf(
  name: string,
  kind: Kind,
  version: string,
  requires: readonly string[],
  image: HostedImage,
): JobUnit {
  return jobUnit({
    name,
    program: 'sh',
    args: ['-c', kinds[kind].script],
    env: { UNIT: name, VERSION: version },
    requires,
    restart,
    disabled: kind === 'disabled',
    autostart: kind !== 'asleep',
    ready: kind === 'talker' ? { kind: 'ok-string', timeoutMs: 20_000 } : { kind: 'started' },
    ...(kind === 'imaged' && { members: [memberWith(name, image)] }),
  });
}

function badUnit(fault: Fault, counter: number, image: HostedImage): JobUnit {
  const spoilt: HostedImage = { ...image, digest: `sha256:${String(counter).padStart(64, '0')}` };
  return jobUnit({
    name: 'oak',
    program: fault === 'missing' ? '/no/such/program' : 'sh',
    args: ['-c', fault === 'exits' ? 'exit 3' : 'exec sleep 1000000'],
    env: { UNIT: 'oak', VERSION: String(counter) },
    ready: fault === 'silent' ? { kind: 'ok-string', timeoutMs: 100 } : { kind: 'started' },
    ...(fault === 'spoilt' && { members: [memberWith('oak', spoilt)] }),
  });
}

function memberWith(name: string, { url, size, digest }: HostedImage): JobUnit['members'][number] {
  const image = { url, size, digest, format: 'tar', version: '1' } as const;
  return { name, image, configs: [], config: null, definition: null };
}

/** The same jobs, each told one thing more, so that each is another version. */
export function reworded(commit: Commit, counter: number): Commit {
  const units = commit.state.units.map((unit) =>
    unit.domain === 'jobs' ? { ...unit, env: { ...unit.env, WORD: String(counter) } } : unit,
  );
  return { ...commit, counter, state: targetOf(...units) };
}

/** As it stands in the repository; a time to be ready in is left out. */
export function runningConfigOf({ state }: Commit): RunningConfig {
  const units = jobsOf(state);
  return {
    jobs: units.map((unit) => ({
      job: unit.name,
      exec_cmd: unit.program,
      exec_args: unit.args,
      env: Object.entries(unit.env).map(([name, value]) => `${name}=${value}`),
      depends_on: unit.requires,
      restart: unit.restart.enabled,
      disabled: unit.disabled,
      no_autostart: !unit.autostart,
      wait_for_ok: unit.ready.kind === 'ok-string',
    })),
    images: units.flatMap(({ name, members }) =>
      members.flatMap((member) =>
        member.image === null
          ? []
          : [image(name, { ...member.image, checksum: digestHex(member.image.digest) })],
      ),
    ),
  };
}
