// SPDX-License-Identifier: Apache-2.0
import { Metadata, ServerInterceptingCall, status, type ServerInterceptor } from '@grpc/grpc-js';
import { codeKey } from '@fairlead/wire';
import { peerOf, type Peer } from './peer.ts';
import type { IdentitiesPort } from './ports.ts';

/** Who may call what. A service that has no line here is called by nobody. */
const table: Readonly<Record<string, readonly Peer['kind'][]>> = {
  'fairlead.v1.AgentService': ['device'],
  // A device that has a certificate is re-keyed by a new token, so it may show the old one.
  'fairlead.v1.EnrollmentService': ['anonymous', 'device'],
  'fairlead.v1.OperatorService': ['operator'],
  'grpc.health.v1.Health': ['anonymous', 'device', 'operator', 'server'],
};

/** `path`: `/<package>.<service>/<method>`. */
function mayCall(peer: Peer['kind'], path: string): boolean {
  const service = path.split('/')[1] ?? '';
  return Object.hasOwn(table, service) && table[service]?.includes(peer) === true;
}

/** Stands before every method, so that no service can forget to ask. */
export function authorise(identities: IdentitiesPort): ServerInterceptor {
  return (method, call) =>
    new ServerInterceptingCall(call, {
      start(next) {
        next({
          onReceiveMetadata(metadata, nextMetadata) {
            const peer = peerOf(call.getAuthContext().sslPeerCertificate?.raw, identities);
            if (mayCall(peer.kind, method.path)) {
              nextMetadata(metadata);
              return;
            }
            const reasons = new Metadata();
            reasons.set(codeKey, 'not-permitted');
            call.sendStatus({
              code: peer.kind === 'anonymous' ? status.UNAUTHENTICATED : status.PERMISSION_DENIED,
              details: `${peer.kind} may not call ${method.path}`,
              metadata: reasons,
            });
          },
        });
      },
    });
}
