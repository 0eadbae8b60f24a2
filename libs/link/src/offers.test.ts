// SPDX-License-Identifier: Apache-2.0
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sha256 } from '@fairlead/base';
import { tempDir, waitFor } from '@fairlead/testing';
import { noVersions } from '@fairlead/trust/sign';
import type { Offer } from '@fairlead/wire';
import { describe, expect, it } from 'vitest';
import { startScriptedServer, welcome } from './scripted-server.fixture.ts';
import { clockAt, startDevice } from './test-device.fixture.ts';
import { createTestFleet, start, type TestRevision } from './test-fleet.fixture.ts';

async function scene() {
  const fleet = await createTestFleet();
  const server = await startScriptedServer(fleet);
  const dir = await tempDir();
  const device = await startDevice(dir, server.address, fleet.token());
  return { fleet, server, dir, device, stream: await server.stream() };
}

describe('when a revision is offered', () => {
  it('hands it on verified, and greets with it from then on', async () => {
    const { fleet, device, stream, server } = await scene();
    const one = fleet.revision(1, 'one');
    stream.send(one.offer());
    const [desired] = await waitFor(() => (device.desired.length > 0 ? device.desired : null));
    expect(desired).toMatchObject({ revision: one.revision, counter: 1, target: one.target });
    expect(desired?.state.units[0]).toMatchObject({ args: ['one'] });
    stream.cut();
    const { hello } = await server.stream(1);
    expect(hello).toMatchObject({ revision: one.revision, target: one.target });
    expect(hello.held).toEqual({ root: 1, timestamp: 1, snapshot: 1, targets: 1, counter: 1 });
  });

  it('remembers it across a restart', async () => {
    const { fleet, device, stream, server, dir } = await scene();
    stream.send(fleet.revision(1, 'one').offer());
    await waitFor(() => device.desired.length > 0);
    await device.link.stop();
    await startDevice(dir, server.address, undefined);
    const { hello } = await server.stream(1);
    expect(hello.held.counter).toBe(1);
    // The engine of this test is new: it holds no target, so that the same revision may be offered again and is taken again.
    expect(hello.target).toBeNull();
  });

  it('fetches a large target state by its digest, going on where it was cut', async () => {
    const { fleet, device, stream, server } = await scene();
    const one = fleet.revision(1, 'large');
    const ranges: (string | undefined)[] = [];
    server.script.onGet = (request, response) => {
      ranges.push(request.headers.range);
      expect(request.url).toBe(`/targets/${one.target.slice(7)}`);
      if (request.headers.range === undefined) {
        response.writeHead(200, { 'content-length': one.body.length });
        response.write(one.body.subarray(0, 100), () => response.destroy());
      } else response.writeHead(206).end(one.body.subarray(100));
    };
    stream.send(one.offer({ targetState: null }));
    await waitFor(() => device.desired.length > 0);
    expect(device.desired[0]?.target).toBe(one.target);
    expect(ranges).toEqual([undefined, 'bytes=100-']);
  });

  it('waits for a target state that is not there yet, and says why', async () => {
    const { fleet, device, stream, server } = await scene();
    const one = fleet.revision(1, 'late');
    stream.send(one.offer({ targetState: null }));
    const waiting = await waitFor(() => device.link.view().waiting);
    expect(waiting.code).toBe('target-unavailable');
    server.script.onGet = (_request, response) => {
      response.end(one.body);
    };
    await waitFor(() => device.desired.length > 0);
    expect(device.link.view().waiting).toBeNull();
  });

  it('drops the fetch of an older revision for a newer one', async () => {
    const { fleet, device, stream } = await scene();
    const one = fleet.revision(1, 'never there');
    stream.send(one.offer({ targetState: null }));
    await waitFor(() => device.link.view().waiting);
    const two = fleet.revision(2, 'two', one.versions);
    stream.send(two.offer());
    await waitFor(() => device.desired.length > 0);
    expect(device.desired.map((item) => item.counter)).toEqual([2]);
    expect(device.link.view().waiting).toBeNull();
  });
});

describe('when something else is offered', () => {
  const attacks: readonly (readonly [string, string, (one: TestRevision, two: TestRevision) => Offer])[] = [
    [
      'a tampered target state',
      'digest-mismatch',
      (_one, two) => two.offer({ targetState: Buffer.from('{"format":1,"units":[]}') }),
    ],
    [
      'the target state of another device',
      'wrong-device',
      (_one, two) => two.offer({ target: sha256('beta'), index: 1 }),
    ],
    ['an older revision', 'rollback', (one) => one.offer()],
    [
      'a manifest that nobody signed',
      'unknown-target',
      (_one, two) => two.offer({ manifest: Buffer.from('{}') }),
    ],
    ['metadata of two revisions', 'mix-and-match', (one, two) => two.offer({ targets: one.offer().targets })],
    [
      'a changed timestamp',
      'bad-signature',
      (_one, two) =>
        two.offer({
          timestamp: Buffer.from(
            Buffer.from(two.offer().timestamp).toString().replace('"version":3', '"version":9'),
          ),
        }),
    ],
  ];

  it.each(attacks)('refuses %s, says %s, and nothing changes', async (_name, code, attack) => {
    const { fleet, device, stream, dir } = await scene();
    const zero = fleet.revision(1, 'zero');
    const one = fleet.revision(2, 'one', zero.versions);
    stream.send(one.offer());
    await waitFor(() => device.desired.length === 1);
    stream.send(attack(zero, fleet.revision(3, 'two', one.versions)));
    const refusal = await stream.message('refusal');
    expect(refusal.code).toBe(code);
    expect(Math.abs(refusal.deviceTime - start)).toBeLessThan(60_000);
    expect(device.desired.map((item) => item.counter)).toEqual([2]);
    expect(device.link.view().refusal?.code).toBe(code);
    const stored = JSON.parse(await readFile(join(dir, 'trust.json'), 'utf8')) as { manifest: string };
    expect((JSON.parse(stored.manifest) as { counter: number }).counter).toBeLessThanOrEqual(3);
  });

  it('says a refusal again until it is acknowledged', async () => {
    const { fleet, stream, server } = await scene();
    stream.send(fleet.revision(1, 'one').offer({ targetState: Buffer.from('x') }));
    const refusal = await stream.message('refusal');
    stream.cut();
    const second = await server.stream(1);
    expect(await second.message('refusal')).toEqual(refusal);
    second.send({ kind: 'record-ack', id: refusal.id });
    second.send({
      kind: 'command',
      id: 'mark',
      issuer: 'test',
      expires: start * 2,
      action: { kind: 'send-state' },
    });
    await second.message('command-result');
    second.cut();
    const third = await server.stream(2);
    await third.message('command-result');
    expect(third.received.filter((message) => message.kind === 'refusal')).toEqual([]);
  });

  it('refuses a signed target state of a form that it does not know', async () => {
    const { fleet, stream, device } = await scene();
    stream.send(fleet.revision(1, '', noVersions, Buffer.from('{"format":2,"units":[]}')).offer());
    expect((await stream.message('refusal')).code).toBe('unsupported');
    expect(device.desired).toEqual([]);
  });

  it('refuses what another fleet signed', async () => {
    const { stream, device } = await scene();
    const other = await createTestFleet();
    stream.send(other.revision(1, 'of another fleet').offer());
    expect((await stream.message('refusal')).code).toBe('bad-signature');
    expect(device.desired).toEqual([]);
  });
});

describe('when a device without a clock starts again', () => {
  it('believes in no time before the one that was signed', async () => {
    const { fleet, device, stream, server, dir } = await scene();
    stream.send(fleet.revision(1, 'one').offer());
    await waitFor(() => device.desired.length > 0);
    await device.link.stop();
    await startDevice(dir, server.address, undefined, { clock: clockAt(0) });
    const second = await server.stream(1);
    second.send(fleet.revision(1, 'one').offer({ targetState: Buffer.from('x') }));
    const refusal = await second.message('refusal');
    expect(refusal.deviceTime).toBeLessThan(86_400_000);
    // Whole seconds: so the signed time is written.
    expect(refusal.trustedTime).toBeGreaterThanOrEqual(start - 1_000);
  });
});

describe('when metadata is refreshed', () => {
  it('takes it without applying anything', async () => {
    const { fleet, device, stream, server } = await scene();
    const one = fleet.revision(1, 'one');
    stream.send(one.offer());
    await waitFor(() => device.desired.length > 0);
    const two = fleet.revision(2, 'one', one.versions);
    stream.send(two.refresh());
    stream.send({
      kind: 'command',
      id: 'mark',
      issuer: 'test',
      expires: start * 2,
      action: { kind: 'send-state' },
    });
    await stream.message('command-result');
    stream.cut();
    expect((await server.stream(1)).hello).toMatchObject({ revision: two.revision, held: { counter: 2 } });
    expect(device.desired.map((item) => item.counter)).toEqual([1]);
  });
});

describe('when the root changes', () => {
  it('walks the roots one by one', async () => {
    const { fleet, device, stream, server } = await scene();
    const roots = new Map([2, 3].map((version) => [`/tuf/${version}.root.json`, fleet.rootOf(version)]));
    server.script.onGet = (request, response) => {
      const root = roots.get(request.url ?? '');
      if (root === undefined) response.writeHead(404).end();
      else response.end(root);
    };
    stream.send(fleet.revision(1, 'one').offer({ newestRoot: 3 }));
    await waitFor(() => device.desired.length > 0);
    server.script.onHello = () => ({ ...welcome, newestRoot: 3 });
    stream.cut();
    expect((await server.stream(1)).hello.held.root).toBe(3);
    expect(server.gets.filter((path) => path.startsWith('/tuf/'))).toEqual([...roots.keys()]);
  });

  it('finds a server with a certificate of a new CA again', async () => {
    const fleet = await createTestFleet();
    const server = await startScriptedServer(fleet);
    const dir = await tempDir();
    const device = await startDevice(dir, server.address, fleet.token());
    await server.stream();
    await device.link.stop();
    await server.stop();

    const renewed = await createTestFleet();
    const roots = [fleet.root, fleet.rootOf(2, [renewed.authority.fingerprint])].map((root) =>
      Buffer.from(root).toString(),
    );
    const other = await startScriptedServer(fleet, await fleet.serverPair(renewed.authority));
    other.script.trust = { roots, ca: [renewed.authority.certificate] };
    const again = await startDevice(dir, other.address, undefined);
    expect((await other.stream()).hello.held.root).toBe(2);
    expect(again.id).toBe(device.id);
  });
});
