// SPDX-License-Identifier: Apache-2.0
import type { Logger } from '@fairlead/base';
import type { GatewayEvent } from '@fairlead/gateway';

/** Writes what happens on the streams into the server's own log. */
export function logGatewayEvent(event: GatewayEvent, logger: Logger): void {
  const { device } = event;
  switch (event.kind) {
    case 'connected':
    case 'disconnected':
      logger.info(`device ${event.kind}`, { device });
      return;
    case 'offered':
      logger.info('revision offered', { device, revision: event.revision, target: event.target });
      return;
    case 'refused':
      logger.warn('device refused an offer', { device, code: event.code, message: event.refusal.message });
      return;
    case 'held':
    case 'refreshed':
      return;
    case 'device-ahead':
      logger.error('device holds newer metadata than is recorded', { device, held: event.held });
      return;
    case 'log-behind':
      logger.error('device knows of acknowledged receipts that the log does not have', { device });
      return;
    case 'duplicate-identity':
      logger.error('two devices use one identity', { device });
      return;
    case 'bad-receipt':
      logger.error('receipt cannot be taken', { device, problems: event.problems });
      return;
  }
}
