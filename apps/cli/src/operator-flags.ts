// SPDX-License-Identifier: Apache-2.0
import { FairleadError } from '@fairlead/base';
import { addressFlag, formatAddress, optionalText, type FlagValues } from '@fairlead/program';
import { join } from 'node:path';
import { readOperatorIdentity, type OperatorIdentity } from './operator-identity.ts';

/** Of every command that asks a server. */
export const operatorFlags = {
  server: addressFlag('--server <host:port>', "the server's address for devices and operators"),
  identity: optionalText(
    '--identity <dir>',
    'folder with key.pem, cert.pem and ca.crt (default: <keys>/operator)',
  ),
  keys: optionalText('--keys <dir>', 'the key folder, whose operator asks'),
};

/** Who asks whom. */
export interface Operator {
  /** `host:port`. */
  readonly server: string;
  readonly identity: OperatorIdentity;
}

export async function readOperator(flags: FlagValues<typeof operatorFlags>): Promise<Operator> {
  const dir = flags.identity ?? (flags.keys === undefined ? undefined : join(flags.keys, 'operator'));
  if (dir === undefined)
    throw new FairleadError({ code: 'misuse', message: '--identity or --keys is missing' });
  return { server: formatAddress(flags.server), identity: await readOperatorIdentity(dir) };
}
