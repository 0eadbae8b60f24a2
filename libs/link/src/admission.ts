// SPDX-License-Identifier: Apache-2.0
import { FairleadError, ok, type Clock, type Digest, type Result } from '@fairlead/base';
import { parseToken } from '@fairlead/identity';
import { rootIdentity } from '@fairlead/trust/verify';
import { openChannel, type Keepalive } from './channel.ts';
import { splitPem, type Credentials, type CredentialStore } from './credentials.ts';
import { enroll } from './enroll.ts';
import { anchorFromFiles, fetchFirstTrust, type Anchor } from './first-trust.ts';
import type { HeldTrustFile } from './held-trust-file.ts';
import type { Failure } from './failure.ts';
import type { Admission } from './link-options.ts';

/** A fleet and a place in it, before anything of it is stored. */
export interface Named {
  readonly device: string;
  readonly fleet: Digest;
}

/** Which device of which fleet this is to be; throws `misuse` where nothing says so. */
export function nameOf(admission: Admission): Named {
  if (admission.anchor !== undefined) {
    return { device: admission.anchor.device.toLowerCase(), fleet: rootIdentity(admission.anchor.rootV1) };
  }
  if (admission.token !== undefined) {
    const token = parseToken(admission.token);
    if (token.ok) return token.value;
    throw new FairleadError({ code: 'token-invalid', message: `the enrolment token is ${token.error}` });
  }
  throw noToken('this device belongs to no fleet yet');
}

/** Throws `misuse` where a certificate is still to come and there is no token to ask for one with. */
export function demandToken(known: Credentials | null, { token }: Admission): void {
  if (token === undefined && (known?.certificate ?? null) === null)
    throw noToken('the device has no certificate, and no token to ask for one');
}

function noToken(message: string): FairleadError {
  const hint = 'Give --token-file, with a token made by: fairlead enroll token create';
  return new FairleadError({ code: 'misuse', message, hint });
}

export interface AdmissionPorts {
  readonly server: string;
  readonly admission: Admission;
  readonly keepalive: Keepalive;
  readonly clock: Clock;
  readonly credentials: CredentialStore;
  readonly trust: HeldTrustFile;
}

/** Everything up to a certificate, each step stored before the next, so that it goes on where it was cut. */
export async function admit(
  ports: AdmissionPorts,
  signal: AbortSignal,
): Promise<Result<Credentials, Failure>> {
  const known = await ports.credentials.load();
  const complete = known !== null && known.certificate !== null && ports.trust.current() !== null;
  if (complete) return ok(known);
  const begun = await begin(ports, known, signal);
  if (!begun.ok || begun.value.certificate !== null) return begun;
  const { token } = ports.admission;
  if (token === undefined) throw noToken('the device has no certificate, and no token to ask for one');
  const channel = openChannel(ports.server, begun.value, ports.keepalive);
  try {
    const certificate = await enroll(channel, begun.value, token.trim(), ports.clock, signal);
    if (!certificate.ok) return certificate;
    await ports.credentials.saveCertificate(certificate.value);
    return ok({ ...begun.value, certificate: certificate.value });
  } finally {
    channel.close();
  }
}

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
