// SPDX-License-Identifier: Apache-2.0
import { err, ok, parseDuration, type Code, type Result } from '@fairlead/base';
import type { Engine } from '@fairlead/engine';
import type { AgentStatus } from './agent-status.ts';
import { mostLocks, type BusyLocks } from './busy-locks.ts';
import type { EventDesk } from './local-events.ts';
import { jobConfigs, jobTable } from './local-jobs.ts';
import { refusal, type LocalReply, type LocalRequest } from './local-protocol.ts';

export interface LocalApiPorts {
  readonly engine: Pick<Engine, 'state' | 'target' | 'request' | 'applyEarly' | 'lookAgain'>;
  readonly locks: BusyLocks;
  readonly events: EventDesk;
  readonly status: () => AgentStatus;
  /** Milliseconds since the agent started. */
  readonly uptime: () => number;
}

type Route = (ports: LocalApiPorts, request: LocalRequest) => LocalReply | Promise<LocalReply>;

/** How long a request holds that does not say, and at most. */
const hourMs = 3_600_000;
const longestMs = 24 * hourMs;
const noBody: LocalReply = { status: 204 };

/**
 * By method and path, `:x` standing for any segment; Maestro's where they make sense, and ours. What Maestro has besides is answered
 * with 501: a device does what its revision says.
 */
const routes: Readonly<Record<string, Route>> = {
  'GET /alive': ({ uptime }) => ({ status: 200, body: { ok: true, uptime: Math.round(uptime() * 1e6) } }),
  'GET /status': ({ status }) => ({ status: 200, body: status() }),
  'GET /events': ({ events }, request) => events(request),
  'GET /jobs': async ({ engine }) => ({
    status: 200,
    body: jobTable(await engine.target(), engine.state()),
  }),
  'GET /job/:job': async ({ engine }, { path }) => {
    const job = jobTable(await engine.target(), engine.state())[path[1] ?? ''];
    return job === undefined ? unknownJob(path[1]) : { status: 200, body: job };
  },
  'GET /jobConfig': configs,
  'GET /jobConfig/:job': configs,
  'GET /jobConfig/:job/:config': configs,
  'POST /job/:job/start': act('start'),
  'POST /job/:job/stop': act('stop'),
  'POST /job/:job/restart': act('restart'),
  'POST /idle': async ({ locks }, request) => {
    const time = timeOf(request, 60_000);
    if (!time.ok) return refusal(400, 'misuse', time.error);
    await locks.sayIdle(time.value);
    return noBody;
  },
  'GET /busy': ({ locks }) => ({ status: 200, body: { locks: locks.held() } }),
  'POST /busy/:holder': async ({ locks }, request) => {
    const holder = request.path[1] ?? '';
    const time = timeOf(request, 300_000);
    if (!time.ok) return refusal(400, 'misuse', time.error);
    if (holder.length > 255) return refusal(400, 'misuse', 'a holder has at most 255 characters');
    const held = locks.held();
    if (held.length >= mostLocks && !held.some((lock) => lock.holder === holder))
      return refusal(503, 'misuse', `there are ${String(mostLocks)} locks already`);
    await locks.hold(holder, time.value);
    return noBody;
  },
  'DELETE /busy/:holder': async ({ locks }, { path }) =>
    (await locks.release(path[1] ?? ''))
      ? noBody
      : refusal(404, 'misuse', `'${path[1] ?? ''}' holds no lock`),
  'POST /apply': async ({ engine }) =>
    (await engine.applyEarly())
      ? noBody
      : refusal(409, 'misuse', 'no revision waits to be applied', applyHint),
  'POST /look-again': ({ engine }) => {
    engine.lookAgain();
    return noBody;
  },
};

const applyHint = 'See what the device is at with: fairlead-agent status';

/** Maestro's own that a device has no use for, or that would go past the fleet repository. */
const missing =
  /^(process|image|ops|job|jobConfig|containerTemplate|statsConfig|status|runningProcesses|processStarted|processFailed|reboot|shutdown|net|log)$/;

export async function answerLocal(ports: LocalApiPorts, request: LocalRequest): Promise<LocalReply> {
  const allowed: string[] = [];
  for (const [pattern, route] of Object.entries(routes)) {
    const [method = '', path = ''] = pattern.split(' ');
    if (!matches(path, request.path)) continue;
    if (method === request.method) return route(ports, request);
    allowed.push(method);
  }
  const [first = ''] = request.path;
  const named = `${request.method} /${request.path.join('/')}`;
  if (missing.test(first))
    return refusal(
      501,
      'unsupported-feature',
      `${named} is not here: what runs is changed in the fleet repository`,
    );
  return allowed.length > 0
    ? refusal(405, 'misuse', `${named} is not known; there is ${allowed.join(' and ')}`)
    : refusal(404, 'misuse', `${named} is not known`);
}

function matches(pattern: string, path: readonly string[]): boolean {
  const parts = pattern.split('/').slice(1);
  return parts.length === path.length && parts.every((part, at) => part.startsWith(':') || part === path[at]);
}

async function configs({ engine }: LocalApiPorts, { path }: LocalRequest): Promise<LocalReply> {
  const [, job = null, name = null] = path;
  const found = jobConfigs(await engine.target(), job, name);
  if (found === null) return unknownJob(job ?? '');
  return found.length === 0 ? noBody : { status: 200, body: { configs: found } };
}

function act(action: 'start' | 'stop' | 'restart'): Route {
  return async ({ engine }, request) => {
    const time = timeOf(request, hourMs);
    if (!time.ok) return refusal(400, 'misuse', time.error);
    const name = request.path[1] ?? '';
    const unit = jobTable(await engine.target(), engine.state())[name];
    if (unit === undefined) return unknownJob(name);
    // The members of a group share its process.
    const done = await engine.request({ name: unit.unit, action, forMs: time.value });
    if (done.ok) return noBody;
    return refusal(statusOf(done.error.code), done.error.code, done.error.message, done.error.hint);
  };
}

function statusOf(code: Code): number {
  return code === 'superseded' ? 409 : 500;
}

/** `{"for": "10m"}`, or nothing. In milliseconds. */
function timeOf({ body }: LocalRequest, usual: number): Result<number, string> {
  if (body === undefined) return ok(usual);
  const isObject = typeof body === 'object' && body !== null;
  const text: unknown = isObject && 'for' in body ? body.for : undefined;
  if (!isObject || typeof text !== 'string' || Object.keys(body).length !== 1)
    return err('the body is {"for": "<duration>"}, or none');
  const time = parseDuration(text);
  if (!time.ok) return err(time.error);
  return time.value > 0 && time.value <= longestMs ? ok(time.value) : err('between 1ms and 24h');
}

function unknownJob(name = ''): LocalReply {
  return refusal(404, 'misuse', `there is no job '${name}'`);
}
