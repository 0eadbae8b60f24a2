// SPDX-License-Identifier: Apache-2.0
import { createSilencer, tempDir, waitFor } from '@fairlead/testing';
import { describe, expect, it } from 'vitest';
import { startScriptedServer } from './scripted-server.fixture.ts';
import { startDevice } from './test-device.fixture.ts';
import { createTestFleet } from './test-fleet.fixture.ts';

describe('when the server is dead and the connection stays open', () => {
  it('is noticed by its silence; the device comes back over a new connection', async () => {
    const fleet = await createTestFleet();
    const server = await startScriptedServer(fleet);
    const between = await createSilencer(Number(server.address.split(':').at(-1)));
    const { link } = await startDevice(await tempDir(), `127.0.0.1:${between.port}`, fleet.token(), {
      keepalive: { everyMs: 200, timeoutMs: 300 },
    });
    await waitFor(() => link.view().connection.kind === 'streaming');
    const streams = server.streams.length;
    between.fallSilent();
    await waitFor(() => server.streams.length > streams);
    await waitFor(() => link.view().connection.kind === 'streaming');
    expect(link.view().failure).toBeNull();
  });
});
