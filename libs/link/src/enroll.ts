// SPDX-License-Identifier: Apache-2.0
import { createPublicKey, X509Certificate } from 'node:crypto';
import type { Client } from '@grpc/grpc-js';
import { err, ok, withDeadline, type Clock, type Result } from '@fairlead/base';
import { certificateIdentity } from '@fairlead/identity';
import { createCsr } from '@fairlead/identity/device';
import {
  decodeEnrollResponse,
  encodeEnrollRequest,
  encodeRenewRequest,
  enrollmentService,
  type BytesMethod,
} from '@fairlead/wire';
import type { Credentials } from './credentials.ts';
import { failureOfThrown, type Failure } from './failure.ts';

/** Longest wait for the certificate, in milliseconds: it is recorded, and perhaps pushed, before it is answered. */
const answerMs = 60_000;

/** By what a device asks for a certificate. */
export type Plea =
  | { readonly kind: 'token'; readonly token: string }
  /** Somebody has to approve it. */
  | { readonly kind: 'approval' }
  /** The certificate that it has, and that the channel shows. */
  | { readonly kind: 'renewal' };

/** A certificate that is ours in every respect. */
export interface Granted {
  /** PEM. */
  readonly certificate: string;
  /** When to renew it, milliseconds since 1970; null: the server did not say. */
  readonly renewAt: number | null;
}

/** Asks for a certificate over our key, and takes it only if it is ours. */
export async function askForCertificate(
  channel: Client,
  who: Credentials,
  plea: Plea,
  clock: Clock,
  signal: AbortSignal,
): Promise<Result<Granted, Failure>> {
  const method = plea.kind === 'renewal' ? enrollmentService.renew : enrollmentService.enroll;
  const request = requestFor(plea, who.device, createCsr(who.key, who.device));
  const answer = await withDeadline(clock, answerMs, signal, (inner) =>
    call(channel, method, request, inner),
  );
  if (!answer.ok) return answer;
  const response = decodeEnrollResponse(answer.value);
  if (!response.ok)
    return err({ code: 'no-server', message: `the answer to ${plea.kind}: ${response.error.join('; ')}` });
  const { certificate, renewAt = null } = response.value;
  const problem = problemOf(certificate, who);
  return problem === undefined
    ? ok({ certificate, renewAt })
    : err({ code: 'bad-signature', message: problem });
}

function requestFor(plea: Plea, device: string, csr: Uint8Array): Buffer {
  switch (plea.kind) {
    case 'token':
      return encodeEnrollRequest({ token: plea.token, csr });
    case 'approval':
      return encodeEnrollRequest({ token: null, device, csr });
    case 'renewal':
      return encodeRenewRequest({ csr });
  }
}

function call(
  channel: Client,
  { path, requestSerialize, responseDeserialize }: BytesMethod,
  request: Buffer,
  signal: AbortSignal,
): Promise<Result<Buffer, Failure>> {
  return new Promise((resolve) => {
    const pending = channel.makeUnaryRequest(
      path,
      requestSerialize,
      responseDeserialize,
      request,
      (error, value) => {
        if (error !== null) resolve(err(failureOfThrown(error)));
        else
          resolve(value === undefined ? err({ code: 'no-server', message: 'an empty answer' }) : ok(value));
      },
    );
    signal.addEventListener(
      'abort',
      () => {
        pending.cancel();
      },
      { once: true },
    );
  });
}

function problemOf(certificate: string, who: Credentials): string | undefined {
  let read: X509Certificate;
  try {
    read = new X509Certificate(certificate);
  } catch {
    return 'the answer is no certificate';
  }
  if (!who.ca.some((ca) => read.verify(new X509Certificate(ca).publicKey)))
    return 'no CA of the fleet signed the certificate';
  if (!createPublicKey(who.key).equals(read.publicKey)) return 'the certificate is for another key';
  const identity = certificateIdentity(read);
  if (!identity.ok) return identity.error;
  const { value } = identity;
  const ours = value.kind === 'device' && value.id === who.device && value.fleet === who.fleet;
  return ours ? undefined : 'the certificate speaks for someone else';
}
