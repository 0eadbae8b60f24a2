// SPDX-License-Identifier: Apache-2.0
import { FairleadError, type Clock } from '@fairlead/base';
import { packObjects } from 'isomorphic-git';
import type { Disk } from '../disk.ts';
import { readOnlyFs } from '../read-only-fs.ts';
import type { RefUpdate } from '../ref-writer.ts';
import type { GitHttp } from './git-http.ts';
import { storePack } from './incoming-pack.ts';
import { listOverHttp, listingLimits } from './http-listing.ts';
import { readAdvertisement, type Advertisement } from './listing.ts';
import { delimiterPacket, flushPacket, linePacket, readPackets } from './pkt-line.ts';
import { readPushReport } from './push-report.ts';
import { bandOne } from './side-band.ts';
import type { PushAnswer, Transport } from './transport.ts';

export interface HttpTransportOptions {
  readonly http: GitHttp;
  /** Of the mirror. */
  readonly commonDir: string;
  readonly disk: Disk;
  readonly clock: Clock;
}

/** No pack is larger: isomorphic-git reads none beyond. */
const pack = { maxBytes: 2 ** 31 - 1, maxMs: 3_600_000 } as const;
/** Of the report on a push. */
const report = { maxBytes: 2 ** 20, maxMs: 600_000 } as const;

const none = '0'.repeat(40);

/**
 * Git's smart HTTP protocol, version 2 for reading where the remote knows it. isomorphic-git indexes and makes the packs; its own
 * fetch takes one reference at a time and its push expects nothing of the remote's, so those few requests are made here.
 */
export function createHttpTransport({ http, commonDir, disk, clock }: HttpTransportOptions): Transport {
  const upload = 'git-upload-pack';

  /** Of the last look: how to ask this remote. */
  let host: Pick<Advertisement, 'version' | 'capabilities'> = { version: 2, capabilities: new Set() };

  return {
    async list(prefixes, signal) {
      const listed = await listOverHttp(http, prefixes, signal);
      host = listed.host;
      return listed.refs;
    },

    async fetch(refs, haves, signal) {
      const wants = [...new Set(refs.values())];
      const isNew = host.version === 2;
      const asked = isNew ? wantsOfVersion2(wants, haves) : wantsOfVersion0(wants, haves, host.capabilities);
      const request = { service: upload, body: asked, ...pack } as const;
      const packets = readPackets(http.ask(isNew ? { ...request, protocol: 'version=2' } : request, signal));
      await storePack({ commonDir, disk, clock }, bandOne(packets), signal);
    },

    async push(update, objects, signal): Promise<PushAnswer> {
      const service = 'git-receive-pack';
      const found = await readAdvertisement(readPackets(http.ask({ service, ...listingLimits }, signal)));
      const actual = found.refs.get(update.ref) ?? null;
      if (actual !== update.expected) return { kind: 'refused', why: `${update.ref} was moved` };
      const capabilities = ['report-status', 'side-band-64k'].filter((name) => found.capabilities.has(name));
      const body = Buffer.concat([
        linePacket(command(update, capabilities)),
        flushPacket,
        await packOf(commonDir, objects),
      ]);
      const answer = readPackets(http.ask({ service, body, ...report }, signal));
      return readPushReport(answer, update.ref, capabilities.includes('side-band-64k'));
    },
  };
}

function command({ ref, expected, oid }: RefUpdate, capabilities: readonly string[]): string {
  return `${expected ?? none} ${oid} ${ref}\0${capabilities.join(' ')}`;
}

function wantsOfVersion2(wants: readonly string[], haves: readonly string[]): Uint8Array {
  return Buffer.concat([
    linePacket('command=fetch\n'),
    delimiterPacket,
    linePacket('ofs-delta\n'),
    linePacket('no-progress\n'),
    ...wants.map((oid) => linePacket(`want ${oid}\n`)),
    ...haves.map((oid) => linePacket(`have ${oid}\n`)),
    linePacket('done\n'),
    flushPacket,
  ]);
}

function wantsOfVersion0(
  wants: readonly string[],
  haves: readonly string[],
  known: ReadonlySet<string>,
): Uint8Array {
  const wished = ['side-band-64k', 'ofs-delta', 'no-progress'];
  const capabilities = wished.filter((name) => known.has(name)).join(' ');
  return Buffer.concat([
    ...wants.map((oid, at) => linePacket(`want ${oid}${at === 0 ? ` ${capabilities}` : ''}\n`)),
    flushPacket,
    ...haves.map((oid) => linePacket(`have ${oid}\n`)),
    linePacket('done\n'),
  ]);
}

async function packOf(commonDir: string, objects: readonly string[]): Promise<Uint8Array> {
  try {
    const made = await packObjects({ fs: readOnlyFs, gitdir: commonDir, oids: [...objects], cache: {} });
    return made.packfile ?? new Uint8Array();
  } catch (cause) {
    const message = `the mirror lacks what is to be pushed: ${String(cause)}`;
    throw new FairleadError({ code: 'object-corrupt', message, cause });
  }
}
