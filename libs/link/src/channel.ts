// SPDX-License-Identifier: Apache-2.0
import { Client, credentials, type ChannelOptions } from '@grpc/grpc-js';
import { wireLimits } from '@fairlead/wire';
import { tlsOf, type Credentials } from './credentials.ts';

/** Keepalive: HTTP/2 pings, milliseconds. */
export interface Keepalive {
  readonly everyMs: number;
  readonly timeoutMs: number;
}

export const keepaliveDefaults: Keepalive = { everyMs: 60_000, timeoutMs: 20_000 };

/** A channel to the fleet's server: one TCP connection, and no retries but the link's own. Close it when done. */
export function openChannel(server: string, who: Credentials, keepalive: Keepalive): Client {
  const tls = tlsOf(who);
  const channelCredentials = credentials.createSsl(
    Buffer.from(who.ca.join('')),
    who.certificate === null ? null : Buffer.from(who.key),
    who.certificate === null ? null : Buffer.from(who.certificate),
    { checkServerIdentity: tls.checkServerIdentity },
  );
  const options: ChannelOptions = {
    'grpc.keepalive_time_ms': keepalive.everyMs,
    'grpc.keepalive_timeout_ms': keepalive.timeoutMs,
    'grpc.enable_retries': 0,
    'grpc.enable_channelz': 0,
    'grpc.max_receive_message_length': wireLimits.message,
    'grpc.max_send_message_length': wireLimits.message,
    'grpc.service_config_disable_resolution': 1,
    'grpc.use_local_subchannel_pool': 1,
    // Who the server is, its certificate says; a name in the handshake is a formality, and an address may not stand there.
    'grpc.ssl_target_name_override': 'fairlead-server',
  };
  return new Client(server, channelCredentials, options);
}
