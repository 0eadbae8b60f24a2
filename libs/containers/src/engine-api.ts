// SPDX-License-Identifier: Apache-2.0
import { FairleadError } from '@fairlead/base';
import * as v from 'valibot';
import type { CreateRequest, NetworkJoin } from './create-request.ts';
import { accepted, type EngineAnswer, type EngineRequest, type EngineSocket } from './engine-socket.ts';

const listed = v.object({
  Id: v.string(),
  Names: v.nullish(v.array(v.string()), []),
  Labels: v.nullish(v.record(v.string(), v.string()), {}),
  State: v.string(),
});

const inspected = v.object({
  Id: v.string(),
  State: v.object({
    Running: v.boolean(),
    ExitCode: v.number(),
    OOMKilled: v.nullish(v.boolean(), false),
    StartedAt: v.nullish(v.string(), ''),
    FinishedAt: v.nullish(v.string(), ''),
    Error: v.nullish(v.string(), ''),
  }),
  Config: v.object({ Tty: v.nullish(v.boolean(), false) }),
});

const image = v.object({ Id: v.string(), RepoDigests: v.nullish(v.array(v.string()), []) });
export interface ListedContainer {
  readonly id: string;
  /** Without the slash that engines put before it. */
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly running: boolean;
}

export type InspectedContainer = v.InferOutput<typeof inspected>;

/** Engines that differ in what they can do. */
export type EngineKind = 'docker' | 'podman';

/** The calls of the Docker Engine API that the driver makes. Throws as `EngineSocket` and `accepted` do. */
export interface EngineApi {
  kind(signal: AbortSignal): Promise<EngineKind>;
  /** `filters` as the API has them; all containers, running or not. */
  list(
    filters: Readonly<Record<string, readonly string[]>>,
    signal: AbortSignal,
  ): Promise<readonly ListedContainer[]>;
  /** Null: there is none. */
  inspect(id: string, signal: AbortSignal): Promise<InspectedContainer | null>;
  /** Answers the id. */
  create(name: string, request: CreateRequest, signal: AbortSignal): Promise<string>;
  join(id: string, network: NetworkJoin, signal: AbortSignal): Promise<void>;
  rename(id: string, name: string, signal: AbortSignal): Promise<void>;
  start(id: string, signal: AbortSignal): Promise<void>;
  /** Asks it to end, and kills it after the grace, in seconds. One that does not run, or is not there, is stopped. */
  stop(id: string, graceSeconds: number, signal: AbortSignal): Promise<void>;
  /** With its anonymous volumes. */
  remove(id: string, signal: AbortSignal): Promise<void>;
  /** Digests under which the image is known, like `host/repository@sha256:…`; null: it is not there. */
  imageDigests(reference: string, signal: AbortSignal): Promise<readonly string[] | null>;
  /** Words about the progress, until the end. What is in them is not looked at. */
  pull(reference: string, auth: string | null, signal: AbortSignal): AsyncIterable<Buffer>;
  /** One that something uses stays. */
  removeImage(reference: string, signal: AbortSignal): Promise<void>;
  events(label: string, signal: AbortSignal): AsyncIterable<Buffer>;
  logs(id: string, query: Readonly<Record<string, string>>, signal: AbortSignal): AsyncIterable<Buffer>;
}

export function createEngineApi(socket: EngineSocket, silenceMs: number): EngineApi {
  const send = (
    method: EngineRequest['method'],
    path: string,
    signal: AbortSignal,
    more: Partial<EngineRequest> = {},
  ) => socket.ask({ method, path, signal, silenceMs, ...more });
  const does = async (
    what: string,
    asked: Promise<EngineAnswer>,
    fine: readonly number[] = [],
  ): Promise<unknown> => {
    const answer = await asked;
    return fine.includes(answer.status) ? null : accepted(what, answer);
  };
  const containers = (id: string, action = ''): string => `/containers/${encodeURIComponent(id)}${action}`;
  return {
    async kind(signal) {
      const answer = await send('GET', '/_ping', signal);
      accepted('ping', answer);
      // Asked for its version, podman asks the package manager.
      return answer.headers['libpod-api-version'] === undefined ? 'docker' : 'podman';
    },
    async list(filters, signal) {
      const query = new URLSearchParams({ all: '1', filters: JSON.stringify(filters) });
      const all = read(
        v.array(listed),
        await does('list', send('GET', `/containers/json?${query.toString()}`, signal)),
      );
      return all.map(({ Id, Names, Labels, State }) => ({
        id: Id,
        name: (Names[0] ?? '').replace(/^\//, ''),
        labels: Labels,
        running: State === 'running' || State === 'paused' || State === 'restarting',
      }));
    },
    async inspect(id, signal) {
      const body = await does('inspect', send('GET', containers(id, '/json'), signal), [404]);
      return body === null ? null : read(inspected, body);
    },
    async create(name, request, signal) {
      const query = new URLSearchParams({ name });
      const body = await does(
        'create',
        send('POST', `/containers/create?${query.toString()}`, signal, { body: request }),
      );
      return read(v.object({ Id: v.string() }), body).Id;
    },
    async join(id, { network, endpoint }, signal) {
      const path = `/networks/${encodeURIComponent(network)}/connect`;
      await does(
        'connect',
        send('POST', path, signal, { body: { Container: id, EndpointConfig: endpoint } }),
      );
    },
    async rename(id, name, signal) {
      const query = new URLSearchParams({ name });
      await does('rename', send('POST', containers(id, `/rename?${query.toString()}`), signal));
    },
    async start(id, signal) {
      await does('start', send('POST', containers(id, '/start'), signal), [304]);
    },
    async stop(id, graceSeconds, signal) {
      const path = containers(id, `/stop?t=${String(graceSeconds)}`);
      await does(
        'stop',
        send('POST', path, signal, { silenceMs: silenceMs + graceSeconds * 1_000 }),
        [304, 404],
      );
    },
    async remove(id, signal) {
      await does('remove', send('DELETE', containers(id, '?v=1'), signal), [404]);
    },
    async imageDigests(reference, signal) {
      const body = await does('image', send('GET', `/images/${reference}/json`, signal), [404]);
      return body === null ? null : read(image, body).RepoDigests;
    },
    pull: (reference, auth, signal) =>
      socket.stream({
        method: 'POST',
        path: `/images/create?${new URLSearchParams({ fromImage: reference }).toString()}`,
        ...(auth !== null && { headers: { 'x-registry-auth': auth } }),
        signal,
        silenceMs,
      }),
    async removeImage(reference, signal) {
      await does('remove image', send('DELETE', `/images/${reference}`, signal), [404, 409, 500]);
    },
    events(label, signal) {
      const query = new URLSearchParams({ filters: JSON.stringify({ type: ['container'], label: [label] }) });
      return socket.stream({ method: 'GET', path: `/events?${query.toString()}`, signal, silenceMs: 0 });
    },
    logs: (id, query, signal) =>
      socket.stream({
        method: 'GET',
        path: containers(id, `/logs?${new URLSearchParams(query).toString()}`),
        signal,
        silenceMs: query['follow'] === '1' ? 0 : silenceMs,
      }),
  };
}

/** What an engine says is not ours, and is read as strictly as what it is needed for. */
function read<T extends v.GenericSchema>(schema: T, body: unknown): v.InferOutput<T> {
  const parsed = v.safeParse(schema, body);
  if (parsed.success) return parsed.output;
  const message = `the container engine answers in a form that is not known: ${parsed.issues[0].message}`;
  throw new FairleadError({ code: 'engine-failed', message });
}
