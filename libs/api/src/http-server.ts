// SPDX-License-Identifier: Apache-2.0
import { codeInfo, type Code } from '@fairlead/base';
import type { FastifyInstance, FastifyReply } from 'fastify';
import type { ServerOptions } from 'node:http';

/** Bounds of every HTTP door. Sizes in bytes, times in milliseconds. */
export type HttpLimits = Required<
  Pick<
    ServerOptions,
    'maxHeaderSize' | 'headersTimeout' | 'requestTimeout' | 'keepAliveTimeout' | 'connectionsCheckingInterval'
  >
>;

export const httpLimits: HttpLimits = {
  maxHeaderSize: 8 * 1024,
  headersTimeout: 10_000,
  requestTimeout: 20_000,
  keepAliveTimeout: 30_000,
  connectionsCheckingInterval: 5_000,
};

/** A connection on which nothing moves for this long is closed. */
export const idleMs = 60_000;

/** Nothing that is asked here has a body. */
export const fastifyLimits = {
  bodyLimit: 1024,
  logger: false,
  routerOptions: { maxParamLength: 100 },
} as const;

/** A refusal in the form of every program's JSON. */
export function refuse(
  reply: FastifyReply,
  status: number,
  code: Code,
  message = codeInfo(code).summary,
): FastifyReply {
  return reply.code(status).send({ error: { code, message, hint: codeInfo(code).hint } });
}

/** The same answers on every door to what is not there and to what goes wrong. */
export function addCommonAnswers(app: FastifyInstance): void {
  app.setNotFoundHandler((_request, reply) => refuse(reply, 404, 'not-found'));
  app.setErrorHandler((error: { readonly statusCode?: number }, _request, reply) => {
    const status = error.statusCode ?? 500;
    return status < 500 ? refuse(reply, status, 'misuse') : refuse(reply, 500, 'internal');
  });
}
