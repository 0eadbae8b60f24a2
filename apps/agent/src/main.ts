#!/usr/bin/env node
// SPDX-License-Identifier: Apache-2.0
import { runProgram } from '@fairlead/program';
import { agentProgram } from './agent-program.ts';

void runProgram(agentProgram);
