// SPDX-License-Identifier: Apache-2.0
import { Metadata, ServerInterceptingCall, status, type ServerInterceptor } from '@grpc/grpc-js';
import type { Code } from '@fairlead/base';
import { codeKey } from '@fairlead/wire';
import type { Callers } from './callers.ts';
import type { Peer } from './peer.ts';

/** Who may call what: a whole service, or one of its methods. What has no line here is called by nobody. */
const table: Readonly<Record<string, readonly Peer['kind'][]>> = {
  'fairlead.v1.AgentService': ['device'],
  // A device that has a certificate is re-keyed by a new token, so it may show the old one.
  'fairlead.v1.EnrollmentService/Enroll': ['anonymous', 'device'],
  'fairlead.v1.EnrollmentService/Renew': ['device', 'expired'],
  'fairlead.v1.OperatorService': ['operator'],
  'grpc.health.v1.Health': ['anonymous', 'device', 'operator', 'server'],
};

/** `path`: `/<package>.<service>/<method>`. */
function mayCall(peer: Peer['kind'], path: string): boolean {
  const [, service = '', method = ''] = path.split('/');
  const line = [`${service}/${method}`, service].find((key) => Object.hasOwn(table, key)) ?? '';
  return table[line]?.includes(peer) === true;
}

/** Stands before every method, so that no service can forget to ask. */
export function authorise(callers: Callers): ServerInterceptor {
  return (method, call) =>
    new ServerInterceptingCall(call, {
      start(next) {
        next({
          onReceiveMetadata(metadata, nextMetadata) {
            const { kind } = callers.of(call);
            if (mayCall(kind, method.path)) {
              nextMetadata(metadata);
              return;
            }
            const reasons = new Metadata();
            reasons.set(codeKey, codeFor(kind));
            call.sendStatus({
              code: kind === 'anonymous' ? status.UNAUTHENTICATED : status.PERMISSION_DENIED,
              details: `${words[kind] ?? kind} may not call ${method.path}`,
              metadata: reasons,
            });
          },
        });
      },
    });
}

const words: Readonly<Partial<Record<Peer['kind'], string>>> = {
  expired: 'a device whose certificate has ended',
  revoked: 'a certificate that is revoked or replaced',
};

function codeFor(kind: Peer['kind']): Code {
  switch (kind) {
    case 'expired':
      return 'certificate-expired';
    case 'revoked':
      return 'certificate-revoked';
    case 'anonymous':
    case 'device':
    case 'operator':
    case 'server':
      return 'not-permitted';
  }
}
