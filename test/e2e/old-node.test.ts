// SPDX-License-Identifier: Apache-2.0
import { programs } from '@fairlead/fleet-example';
import { run } from '@fairlead/testing';
import { describe, expect, it } from 'vitest';

describe('when a program is started by a Node that is too old', () => {
  it.each(Object.entries(programs))('%s says so and which it needs', async (_name, program) => {
    const pretend = `Object.defineProperty(process.versions, 'node', { value: '20.20.2' }); require(${JSON.stringify(program)})`;
    const { code, stderr } = await run(process.execPath, ['-e', pretend, '--', '--version']);
    expect(code).toBe(3);
    expect(stderr).toMatch(/^error: Node 22\.22 or newer is needed; this is v\d+.*\nhint: .+\n$/);
  });
});
