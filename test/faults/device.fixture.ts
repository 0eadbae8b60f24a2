// SPDX-License-Identifier: Apache-2.0
import { programs } from '@fairlead/fleet-example';
import { runOk, startProgram, tempDir, waitFor, type RunningProgram } from '@fairlead/testing';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { endPrograms, viewDevice, type DeviceView } from './device-view.fixture.ts';
import type { HostileServer } from './hostile-server.fixture.ts';
import { quickFlags, type AgentStatus } from './lab.fixture.ts';

/** An agent as shipped, with a state folder of its own; it and all that it runs end with the test. */
export interface TestDevice {
  readonly state: string;
  readonly agent: RunningProgram;
  view(): Promise<DeviceView>;
  status(): Promise<AgentStatus>;
  says(state: string, code?: string): Promise<AgentStatus>;
}

export async function startDevice(server: HostileServer, id: string): Promise<TestDevice> {
  const dir = await tempDir('faults-device');
  const [state, tokenFile] = [join(dir, 'state'), join(dir, 'token')];
  await writeFile(tokenFile, server.tokenFor(id), { mode: 0o600 });
  onTestFinished(() => endPrograms(dir));
  const flags = ['--state', state, '--server', server.address, '--token-file', tokenFile, ...quickFlags];
  const agent = startProgram(process.execPath, [programs.agent, ...flags], { cwd: dir });
  await agent.ready();
  const status = async (): Promise<AgentStatus> =>
    JSON.parse(
      await runOk(process.execPath, [programs.agent, 'status', '--state', state, '--output', 'json']),
    ) as AgentStatus;
  return {
    state,
    agent,
    view: () => viewDevice(state),
    status,
    says: (wanted, code) =>
      waitFor(
        async () => {
          const said = await status();
          return said.state === wanted && (code === undefined || said.code === code) && said;
        },
        { what: `the device saying ${wanted} ${code ?? ''}`, everyMs: 100 },
      ),
  };
}
