// SPDX-License-Identifier: Apache-2.0
import { join } from '../../diagnostic.ts';
import type { PodConnection } from '../pod-spec.ts';
import { quoted, type Findings } from './findings.ts';
import { createKeyReader, isObject, type KeyReader } from './key-reader.ts';

export interface ReadConnection {
  readonly connection: PodConnection;
  readonly pointer: string;
}

/** The networks of a specification as Artemis reads them; those that are wrong are found, and left out. */
export function readConnections(entries: readonly unknown[], findings: Findings): readonly ReadConnection[] {
  return entries.flatMap((entry, index) => {
    const pointer = join('/connections', index);
    if (!isObject(entry)) {
      findings.error('wrong-type', `Connection in pod specification is not a map: ${quoted(entry)}`, pointer);
      return [];
    }
    const keys = createKeyReader(entry, { holder: 'connection', pointer }, findings);
    const type = keys.required('type');
    const connection = type === undefined ? undefined : readConnection(type, keys);
    if (connection === undefined) return [];
    keys.warnUnused();
    return [{ connection, pointer }];
  });
}

function readConnection(type: string, keys: KeyReader): PodConnection | undefined {
  switch (type) {
    case 'wifi':
      return readWifi(keys.as('wifi connection'));
    case 'cellular': {
      const own = keys.as('cellular connection');
      return { type, config: own.map('config') ?? {}, requires: own.texts('requires') ?? [] };
    }
    case 'ethernet':
      return { type, requires: keys.as('ethernet connection').texts('requires') ?? [] };
    default:
      keys.find('invalid-value', `Unknown connection type: ${type}`, 'type');
      return undefined;
  }
}

function readWifi(keys: KeyReader): PodConnection | undefined {
  const type = 'wifi';
  if (keys.has('config')) {
    const config = keys.text('config');
    if (config === 'provisioned') return { type, network: config };
    if (config !== undefined) keys.find('invalid-value', `Unknown wifi config: ${config}`, 'config');
    return undefined;
  }
  const ssid = keys.required('ssid');
  const password = keys.required('password');
  return ssid === undefined || password === undefined ? undefined : { type, network: { ssid, password } };
}
