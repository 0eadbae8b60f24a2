#!/usr/bin/env node
// SPDX-License-Identifier: Apache-2.0
import { runProgram } from '@fairlead/program';
import { cli } from './cli.ts';

void runProgram(cli);
