// SPDX-License-Identifier: Apache-2.0
import { createPublicKey, X509Certificate } from 'node:crypto';
import type { Client } from '@grpc/grpc-js';
import { err, ok, withDeadline, type Clock, type Result } from '@fairlead/base';
import { certificateIdentity } from '@fairlead/identity';
import { createCsr } from '@fairlead/identity/device';
import { decodeEnrollResponse, encodeEnrollRequest, enrollmentService } from '@fairlead/wire';
import type { Credentials } from './credentials.ts';
import { failureOfThrown, type Failure } from './failure.ts';

/** Longest wait for the certificate, in milliseconds: the enrolment is recorded, and perhaps pushed, before it is answered. */
const answerMs = 60_000;

/** Asks for a certificate over our key, and takes it only if it is ours in every respect. PEM. */
export async function enroll(
  channel: Client,
  who: Credentials,
  token: string,
  clock: Clock,
  signal: AbortSignal,
): Promise<Result<string, Failure>> {
  const csr = createCsr(who.key, who.device);
  const request = encodeEnrollRequest({ token, csr });
  const answer = await withDeadline(clock, answerMs, signal, (inner) => call(channel, request, inner));
  if (!answer.ok) return answer;
  const response = decodeEnrollResponse(answer.value);
  if (!response.ok)
    return err({ code: 'no-server', message: `the answer to Enroll: ${response.error.join('; ')}` });
  const problem = problemOf(response.value.certificate, who);
  return problem === undefined
    ? ok(response.value.certificate)
    : err({ code: 'bad-signature', message: problem });
}

function call(channel: Client, request: Buffer, signal: AbortSignal): Promise<Result<Buffer, Failure>> {
  const { path, requestSerialize, responseDeserialize } = enrollmentService.enroll;
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
