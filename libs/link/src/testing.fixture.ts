// SPDX-License-Identifier: Apache-2.0
// For tests of programs that hold a link: a server that does what a test says.
export { startScriptedServer, welcome, type Script, type ScriptedStream } from './scripted-server.fixture.ts';
export { alpha, createTestFleet, jobUnit, type TestFleet, type TestRevision } from './test-fleet.fixture.ts';
