#!/usr/bin/env node
// SPDX-License-Identifier: Apache-2.0
import { runProgram } from '@fairlead/program';
import { serveCommand } from './serve-command.ts';

void runProgram({
  name: 'fairlead-server',
  version: '0.0.0',
  summary: serveCommand.summary,
  commands: [serveCommand],
});
