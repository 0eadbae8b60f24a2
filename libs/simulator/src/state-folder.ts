// SPDX-License-Identifier: Apache-2.0
import { errnoOf, FairleadError, isDigest, type Digest } from '@fairlead/base';
import type { HeldTrust } from '@fairlead/trust/verify';
import { appendFile, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import type { DeviceMemory } from './device-memory.ts';
import type { SimulatedIdentity } from './identity.ts';

/**
 * Identities and memories of simulated devices between two runs: a folder 0700 with two files of JSON lines, 0600. Memories are written
 * at the end of a run; one that was cut short leaves older ones, and its devices come back as real ones do whose disk was restored.
 */
export interface StateFolder {
  /** By device. */
  identities(): Promise<ReadonlyMap<string, SimulatedIdentity>>;
  addIdentity(identity: SimulatedIdentity): Promise<void>;
  memories(): Promise<ReadonlyMap<string, DeviceMemory>>;
  saveMemories(memories: ReadonlyMap<string, DeviceMemory>): Promise<void>;
}

const digest = v.custom<Digest>(isDigest, 'not a digest');
const text = v.nullable(v.string());
const position = v.strictObject({ seq: v.number(), hash: v.nullable(digest) });
const identitySchema = v.strictObject({
  device: v.string(),
  instance: v.string(),
  key: v.string(),
  certificate: v.string(),
});
/** What devices believe is mostly the same: each stands in one line, before the devices that name it by its place. */
const heldSchema = v.strictObject({
  format: v.literal(1),
  fleet: digest,
  branch: text,
  root: v.string(),
  timestamp: text,
  snapshot: text,
  targets: text,
  manifest: text,
});
const memorySchema = v.strictObject({
  device: v.string(),
  held: v.number(),
  wanted: v.nullable(
    v.strictObject({ revision: digest, counter: v.number(), target: digest, units: v.array(v.string()) }),
  ),
  committed: v.nullable(digest),
  failed: v.nullable(digest),
  chain: v.strictObject({
    instance: v.string(),
    head: position,
    acknowledged: position,
    restored: v.boolean(),
    kept: v.array(v.strictObject({ seq: v.number(), hash: digest, envelope: v.string() })),
  }),
});
const lineSchema = v.union([v.strictObject({ trust: heldSchema }), v.strictObject({ memory: memorySchema })]);

export async function openStateFolder(dir: string): Promise<StateFolder> {
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const file = { identities: join(dir, 'identities.jsonl'), memories: join(dir, 'memories.jsonl') };
  return {
    async identities() {
      const lines = await readLines(file.identities, identitySchema);
      return new Map(lines.map((identity) => [identity.device, identity]));
    },
    addIdentity: (identity) => appendFile(file.identities, `${JSON.stringify(identity)}\n`, { mode: 0o600 }),
    async memories() {
      const lines = await readLines(file.memories, lineSchema);
      const trusts = lines.flatMap((line) => ('trust' in line ? [line.trust] : []));
      return new Map(
        lines.flatMap((line) => {
          if (!('memory' in line)) return [];
          const { device, held: place, ...rest } = line.memory;
          const held = trusts[place];
          return held === undefined ? [] : [[device, { ...rest, held }] as const];
        }),
      );
    },
    async saveMemories(memories) {
      const trusts = new Map<string, number>();
      const lines: string[] = [];
      for (const [device, { held, ...rest }] of memories) {
        const trust = JSON.stringify({ trust: held satisfies HeldTrust });
        const place = trusts.get(trust) ?? trusts.size;
        if (place === trusts.size) lines.push(trust);
        trusts.set(trust, place);
        lines.push(JSON.stringify({ memory: { device, held: place, ...rest } }));
      }
      await writeFile(`${file.memories}.new`, `${lines.join('\n')}\n`, { mode: 0o600 });
      await rename(`${file.memories}.new`, file.memories);
    },
  };
}

/** A last line that was cut is left out; any other that cannot be read is an error. */
async function readLines<S extends v.GenericSchema>(
  path: string,
  schema: S,
): Promise<readonly v.InferOutput<S>[]> {
  const whole = await readFile(path, 'utf8').catch((thrown: unknown) => {
    if (errnoOf(thrown) === 'ENOENT') return '';
    throw FairleadError.from(thrown, 'storage-failed');
  });
  const lines = whole
    .slice(0, whole.lastIndexOf('\n') + 1)
    .split('\n')
    .slice(0, -1);
  return lines.map((line, n) => {
    const parsed = v.safeParse(schema, parseJson(line));
    if (parsed.success) return parsed.output;
    throw new FairleadError({
      code: 'storage-failed',
      message: `${path}:${String(n + 1)}: ${parsed.issues.map((issue) => issue.message).join('; ')}`,
      hint: 'Remove the folder: the devices begin anew.',
    });
  });
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
