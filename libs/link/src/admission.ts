// SPDX-License-Identifier: Apache-2.0
import { createPublicKey } from 'node:crypto';
import {
  codeInfo,
  FairleadError,
  ok,
  type Clock,
  type Code,
  type Digest,
  type Logger,
  type Result,
} from '@fairlead/base';
import { keyFingerprint, parseToken } from '@fairlead/identity';
import { rootIdentity } from '@fairlead/trust/verify';
import { openChannel, type Keepalive } from './channel.ts';
import { splitPem, type Credentials, type CredentialStore } from './credentials.ts';
import { askForCertificate, type Plea } from './enroll.ts';
import { anchorFromFiles, fetchFirstTrust, type Anchor } from './first-trust.ts';
import type { HeldTrustFile } from './held-trust-file.ts';
import type { Failure } from './failure.ts';
import type { Admission } from './link-options.ts';
import type { Renewer } from './renewer.ts';

/** A fleet and a place in it, before anything of it is stored. */
export interface Named {
  readonly device: string;
  readonly fleet: Digest;
}

/** Which device of which fleet this is to be; throws `misuse` where nothing says so. */
export function nameOf({ anchor, named, token: text }: Admission): Named {
  if (anchor !== undefined)
    return { device: anchor.device.toLowerCase(), fleet: rootIdentity(anchor.rootV1) };
  if (named !== undefined) return { device: named.device.toLowerCase(), fleet: named.fleet };
  if (text !== undefined) {
    const token = parseToken(text);
    if (token.ok) return token.value;
    throw new FairleadError({ code: 'token-invalid', message: `the enrolment token is ${token.error}` });
  }
  throw new FairleadError({
    code: 'misuse',
    message: 'this device belongs to no fleet yet',
    hint: 'Give --token-file, with a token made by: fairlead enroll token create; or --device with --fleet, and approve it.',
  });
}

export interface AdmissionPorts {
  readonly server: string;
  readonly admission: Admission;
  readonly keepalive: Keepalive;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly credentials: CredentialStore;
  readonly renewer: Pick<Renewer, 'renew'>;
  readonly trust: HeldTrustFile;
}

/**
 * Everything up to a certificate, each step stored before the next, so that it goes on where it was cut. Whether a certificate still
 * counts, the server says: no clock of ours is asked. `last`: why the attempt before came to nothing.
 */
export async function admit(
  ports: AdmissionPorts,
  last: Code | null,
  signal: AbortSignal,
): Promise<Result<Credentials, Failure>> {
  const { credentials } = ports;
  if (last === 'certificate-revoked') {
    ports.logger.warn('this key counts no more; the device asks to be taken in with a new one');
    await credentials.rekey();
  }
  const begun = await begin(ports, await credentials.load(), signal);
  if (!begun.ok) return begun;
  if (last === 'certificate-expired' && begun.value.certificate !== null) {
    const renewed = await ports.renewer.renew(signal);
    if (!renewed.ok && renewed.error.code !== 'away-too-long') return renewed;
    if (!renewed.ok) await credentials.dropCertificate();
  }
  const who = credentials.current() ?? begun.value;
  // The CA that issued it may be gone. It is kept: the server may come to its senses.
  const isNoLonger = last === 'not-permitted';
  return who.certificate === null || isNoLonger ? takeIn(ports, who, signal) : ok(who);
}

/** By the token, where there is one that still counts; else by somebody's approval. */
async function takeIn(
  ports: AdmissionPorts,
  who: Credentials,
  signal: AbortSignal,
): Promise<Result<Credentials, Failure>> {
  const { clock, logger, credentials, admission } = ports;
  const channel = openChannel(ports.server, { ...who, certificate: null }, ports.keepalive);
  const ask = async (plea: Plea): Promise<Result<Credentials, Failure>> => {
    const granted = await askForCertificate(channel, who, plea, clock, signal);
    if (!granted.ok) return granted;
    await credentials.saveCertificate(granted.value.certificate, granted.value.renewAt);
    return ok(credentials.current() ?? who);
  };
  try {
    const key = keyFingerprint(createPublicKey(who.key));
    logger.info('the device asks to be taken in', { device: who.device, key });
    if (admission.token === undefined) return await ask({ kind: 'approval' });
    const byToken = await ask({ kind: 'token', token: admission.token.trim() });
    if (byToken.ok || !tokenCodes.includes(byToken.error.code)) return byToken;
    logger.warn('the token does not count', { ...byToken.error, hint: codeInfo(byToken.error.code).hint });
    const approved = await ask({ kind: 'approval' });
    // A server that knows of no approval says no more than it said to the token.
    return approved.ok || approved.error.code === 'enrolment-pending' ? approved : byToken;
  } finally {
    channel.close();
  }
}

const tokenCodes: readonly Code[] = ['token-expired', 'token-invalid', 'token-used'];

/** Root, CA and key; the certificate is still to come. */
async function begin(
  ports: AdmissionPorts,
  known: Credentials | null,
  signal: AbortSignal,
): Promise<Result<Credentials, Failure>> {
  if (known !== null && ports.trust.current() !== null) return ok(known);
  const { device, fleet } = known ?? nameOf(ports.admission);
  const anchor = await findAnchor(ports, fleet, signal);
  if (!anchor.ok) return anchor;
  await ports.trust.save(anchor.value.held);
  return ok(await ports.credentials.begin(device, fleet, anchor.value.ca));
}

function findAnchor(
  ports: AdmissionPorts,
  fleet: Digest,
  signal: AbortSignal,
): Promise<Result<Anchor, Failure>> {
  const { anchor } = ports.admission;
  if (anchor !== undefined) return Promise.resolve(anchorFromFiles(anchor.rootV1, splitPem(anchor.ca)));
  return fetchFirstTrust(ports.clock, ports.server, fleet, signal);
}
