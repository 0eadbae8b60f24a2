// SPDX-License-Identifier: Apache-2.0
import { spawn } from 'node:child_process';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { gitEnv } from './git-sandbox.ts';

export interface GitHttpOptions {
  /** Holds the bare repositories. */
  readonly root: string;
  /** Port to listen on again. Default: a free one. */
  readonly port?: number;
  /** PEM; absent: plain text. */
  readonly tls?: { readonly key: string; readonly cert: string };
  /** Answers as servers did that know protocol version 0 alone. */
  readonly old?: boolean;
}

/** A real Git remote over HTTP: `git http-backend` behind a server that can be rude. */
export interface GitHttp {
  readonly port: number;
  /** Of a repository below the root. */
  url(name: string): string;
  /** Who is let in; null: anyone. `user:password`. */
  admit(login: string | null): void;
  /** Whether pushes are let through: `yes`, `no` (403), or `after`: taken, and the answer lost. */
  pushes(policy: 'yes' | 'no' | 'after'): void;
  /** Cut: connections are closed as soon as they come; stuck: taken, and never answered. */
  behave(how: 'well' | 'cut' | 'stuck'): void;
  /** `GET /fleet.git/info/refs?service=…`, one a request, oldest first. */
  requests(): readonly string[];
  close(): Promise<void>;
}

export async function startGitHttp({ root, port = 0, tls, old = false }: GitHttpOptions): Promise<GitHttp> {
  const state = {
    login: null as string | null,
    pushes: 'yes' as 'yes' | 'no' | 'after',
    how: 'well' as 'well' | 'cut' | 'stuck',
    requests: [] as string[],
  };
  const sockets = new Set<Socket>();
  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    state.requests.push(`${request.method ?? ''} ${request.url ?? ''}`);
    if (state.how === 'cut') request.socket.destroy();
    if (state.how !== 'well') return;
    const login = Buffer.from((request.headers.authorization ?? '').replace(/^Basic /, ''), 'base64');
    if (state.login !== null && login.toString('utf8') !== state.login) {
      response.writeHead(401, { 'www-authenticate': 'Basic realm="git"' }).end();
      return;
    }
    const writes = (request.url ?? '').includes('git-receive-pack');
    if (writes && state.pushes === 'no') {
      response.writeHead(403).end('no right to push');
      return;
    }
    const isLost = writes && request.method === 'POST' && state.pushes === 'after';
    if (old) delete request.headers['git-protocol'];
    runBackend(root, request, response, isLost);
  };
  const server = tls === undefined ? createServer(answer) : createSecureServer(tls, answer);
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, '127.0.0.1', resolve);
  });
  const bound = (server.address() as AddressInfo).port;
  return {
    port: bound,
    url: (name) => `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${String(bound)}/${name}`,
    admit(login) {
      state.login = login;
    },
    pushes(policy) {
      state.pushes = policy;
    },
    behave(how) {
      state.how = how;
      if (how === 'cut') for (const socket of sockets) socket.destroy();
    },
    requests: () => state.requests,
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => {
          resolve();
        });
      }),
  };
}

/** CGI (RFC 3875): headers, an empty line, and the body. */
function runBackend(root: string, request: IncomingMessage, response: ServerResponse, isLost: boolean): void {
  const at = new URL(request.url ?? '/', 'http://localhost');
  const child = spawn('git', ['-c', 'http.receivepack=true', 'http-backend'], {
    env: {
      ...process.env,
      ...gitEnv,
      GIT_PROJECT_ROOT: root,
      GIT_HTTP_EXPORT_ALL: '1',
      PATH_INFO: at.pathname,
      QUERY_STRING: at.search.slice(1),
      REQUEST_METHOD: request.method ?? '',
      CONTENT_TYPE: request.headers['content-type'] ?? '',
      HTTP_CONTENT_ENCODING: request.headers['content-encoding'] ?? '',
      GIT_PROTOCOL: String(request.headers['git-protocol'] ?? ''),
      REMOTE_USER: 'test',
    },
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  child.stdin.on('error', () => undefined);
  request.pipe(child.stdin);
  const parts: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => parts.push(chunk));
  child.once('close', () => {
    if (isLost) {
      request.socket.destroy();
      return;
    }
    const whole = Buffer.concat(parts);
    const split = whole.indexOf('\r\n\r\n');
    const headers = whole
      .toString('latin1', 0, split)
      .split('\r\n')
      .map((line): [string, string] => [
        line.slice(0, line.indexOf(':')),
        line.slice(line.indexOf(':') + 1).trim(),
      ]);
    const status = headers.find(([name]) => name.toLowerCase() === 'status')?.[1] ?? '200';
    for (const [name, value] of headers) if (name.toLowerCase() !== 'status') response.setHeader(name, value);
    response.writeHead(Number.parseInt(status, 10)).end(whole.subarray(split + 4));
  });
}
