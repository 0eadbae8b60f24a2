// SPDX-License-Identifier: Apache-2.0
import { FairleadError } from '@fairlead/base';
import { isOid } from '../oid.ts';
import { textOf, unusable, type Packet } from './pkt-line.ts';
import { isSafeRefName } from './ref-name.ts';

/** What a remote answers before anything is asked of it (gitprotocol-http, gitprotocol-v2). */
export interface Advertisement {
  readonly version: 0 | 2;
  readonly capabilities: ReadonlySet<string>;
  /** Full name → object; with version 2 they are asked for on their own, and this is empty. */
  readonly refs: ReadonlyMap<string, string>;
}

export async function readAdvertisement(packets: AsyncIterable<Packet>): Promise<Advertisement> {
  const refs = new Map<string, string>();
  const capabilities = new Set<string>();
  let version: 0 | 2 | undefined;
  for await (const packet of packets) {
    if (packet.kind !== 'line') continue;
    const text = textOf(packet);
    if (text.startsWith('# service=')) continue;
    if (text.startsWith('shallow '))
      throw new FairleadError({ code: 'shallow-clone', message: 'the remote is a shallow clone' });
    if (version === undefined && text === 'version 1') continue;
    if (version === undefined && text === 'version 2') version = 2;
    else if (version === 2) capabilities.add(text);
    else {
      const [line = '', given] = text.split('\0');
      if (version === undefined) for (const name of (given ?? '').trim().split(' ')) capabilities.add(name);
      version = 0;
      takeRef(line, refs);
    }
  }
  if (version === undefined) throw unusable('the answer says nothing');
  const format = [...capabilities].find((name) => name.startsWith('object-format='));
  if (format !== undefined && format !== 'object-format=sha1') {
    const message = `the remote names objects by ${format.slice('object-format='.length)}`;
    throw new FairleadError({ code: 'repository-unsupported', message });
  }
  return { version, capabilities, refs };
}

/** The answer to `ls-refs`. */
export async function readRefLines(packets: AsyncIterable<Packet>): Promise<ReadonlyMap<string, string>> {
  const refs = new Map<string, string>();
  for await (const packet of packets) if (packet.kind === 'line') takeRef(textOf(packet), refs);
  return refs;
}

/** `<oid> <name>[ <attribute>…]`. A name that could not be a file of ours is left out: no remote writes beside its mirror. */
function takeRef(line: string, refs: Map<string, string>): void {
  const [oid = '', name = ''] = line.split(' ');
  if (!isOid(oid)) throw unusable('the answer names something that is no object');
  if (isSafeRefName(name)) refs.set(name, oid);
}
