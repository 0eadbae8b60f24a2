// SPDX-License-Identifier: Apache-2.0
import type { FastifyInstance } from 'fastify';
import { judgeHook } from './hook-signature.ts';
import { refuse } from './http-server.ts';
import type { HookPort } from './ports.ts';

/** GitHub sends no larger hook, in bytes. Nothing of it is kept: it only runs through the judge. */
const maxBody = 25 * 2 ** 20;
/** So many hooks are judged at a time. */
const maxAtOnce = 16;

/** `POST /hooks/git`: whoever knows the secret makes the server look at its repository. What the hook says is never read. */
export function addHookDoor(app: FastifyInstance, hook: HookPort | undefined): void {
  let underWay = 0;
  app.register((door, _options, done) => {
    // Bodies stay streams here, whatever they claim to be.
    door.removeAllContentTypeParsers();
    door.addContentTypeParser('*', (_request, payload, parsed) => {
      parsed(null, payload);
    });
    door.post('/hooks/git', { bodyLimit: maxBody }, async (request, reply) => {
      if (hook === undefined) {
        return refuse(reply, 404, 'not-found', 'this server takes no webhooks: it has no --hook-secret-file');
      }
      const judge = judgeHook(request.headers, hook.secret, hook.now());
      if (judge === undefined) return refuse(reply, 401, 'hook-refused', 'the webhook carries no signature');
      if (underWay >= maxAtOnce) return reply.code(429).header('retry-after', '1').send();
      underWay += 1;
      try {
        let taken = 0;
        for await (const chunk of request.raw as AsyncIterable<Buffer>) {
          taken += chunk.length;
          if (taken > maxBody) return await refuse(reply, 413, 'misuse', 'the webhook is too large');
          judge.update(chunk);
        }
      } finally {
        underWay -= 1;
      }
      if (!judge.isGenuine()) return refuse(reply, 401, 'hook-refused');
      hook.wake();
      return reply.code(202).send({ ok: true });
    });
    done();
  });
}
