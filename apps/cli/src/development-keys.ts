// SPDX-License-Identifier: Apache-2.0
import type { Digest } from '@fairlead/base';
import { createAuthorityKeys, createEnrolmentKey, openAuthority } from '@fairlead/identity/authority';
import { createDeviceKey } from '@fairlead/identity/device';
import type { KeyFile } from '@fairlead/program';
import { createEd25519Key, ed25519Signer, signRoot } from '@fairlead/trust/sign';
import { rootIdentity } from '@fairlead/trust/verify';

/** How long root version 1 is valid, in milliseconds: rolling it is a decision, so nothing may force it soon. */
const rootLife = 10 * 365 * 86_400_000;

export interface DevelopmentKeys {
  readonly fleet: Digest;
  /** Bytes of root version 1, for the repository. */
  readonly firstRoot: Uint8Array;
  readonly files: Readonly<Record<KeyFile, string | Uint8Array>>;
}

/** A whole new set: a key for each role, a CA, the server's and one operator's certificate. `now`: milliseconds since 1970. */
export async function createDevelopmentKeys(input: {
  readonly now: number;
  readonly operator: string;
  /** DNS names and addresses for the server's certificate. */
  readonly serverNames: readonly string[];
}): Promise<DevelopmentKeys> {
  const { now, operator, serverNames } = input;
  const pems = {
    root: createEd25519Key(),
    targets: createEd25519Key(),
    snapshot: createEd25519Key(),
    timestamp: createEd25519Key(),
  };
  const ca = await createAuthorityKeys(now);
  const authority = openAuthority(ca);
  const role = (pem: string) => ({ keys: [ed25519Signer(pem).publicKey], threshold: 1 });
  const roles = {
    root: role(pems.root),
    targets: role(pems.targets),
    snapshot: role(pems.snapshot),
    timestamp: role(pems.timestamp),
  };
  const content = { version: 1, expires: now + rootLife, roles, ca: [authority.fingerprint] };
  const firstRoot = signRoot(content, [ed25519Signer(pems.root)]);
  const fleet = rootIdentity(firstRoot);
  const [serverKey, operatorKey] = [createDeviceKey(), createDeviceKey()];
  const server = await authority.issueServer({ key: serverKey, fleet, names: serverNames, now });
  const person = await authority.issueOperator({ key: operatorKey, fleet, name: operator, now });
  return {
    fleet,
    firstRoot,
    files: {
      'root.pem': pems.root,
      'targets.pem': pems.targets,
      'snapshot.pem': pems.snapshot,
      'timestamp.pem': pems.timestamp,
      'ca.pem': ca.key,
      'ca.crt': ca.certificate,
      'enrolment.key': createEnrolmentKey(),
      'root.json': firstRoot,
      'server/key.pem': serverKey,
      'server/cert.pem': server.certificate,
      'operator/key.pem': operatorKey,
      'operator/cert.pem': person.certificate,
      'operator/ca.crt': ca.certificate,
    },
  };
}
