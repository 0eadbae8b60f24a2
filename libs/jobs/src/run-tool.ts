// SPDX-License-Identifier: Apache-2.0
import { execFile } from 'node:child_process';
import { err, ok, type Result } from '@fairlead/base';

/** Runs a tool of the system to its end; the error is what it said last. */
export function runTool(tool: string, args: readonly string[]): Promise<Result<void, string>> {
  return new Promise((resolve) => {
    execFile(tool, args, (error, _stdout, stderr) => {
      if (error === null) resolve(ok());
      else resolve(err(stderr.trim().split('\n').at(-1) || error.message));
    });
  });
}
