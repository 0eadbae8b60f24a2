// SPDX-License-Identifier: Apache-2.0
import { stat } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { metafile, program } from './agent-program.fixture.ts';

/** What a device may load beside our own libs. Whoever adds a line answers for its size, its memory and its reach. */
const packages = [
  '@bufbuild/protobuf', // protocol
  '@grpc/grpc-js',
  '@grpc/proto-loader', // of grpc-js, for what the agent never calls
  '@js-sdsl/ordered-map',
  '@pinojs/redact',
  '@protobufjs/aspromise',
  '@protobufjs/base64',
  '@protobufjs/codegen',
  '@protobufjs/eventemitter',
  '@protobufjs/fetch',
  '@protobufjs/float',
  '@protobufjs/path',
  '@protobufjs/pool',
  '@protobufjs/utf8',
  '@tufjs/canonical-json', // trust
  '@tufjs/models',
  'atomic-sleep', // log
  'balanced-match', // of @tufjs/models, for delegations
  'brace-expansion',
  'canonicalize',
  'commander', // command line
  'lodash.camelcase',
  'croner', // times to apply
  'long',
  'minimatch',
  'on-exit-leak-free',
  'p-queue', // work side by side, no more than so much
  'pend',
  'pino',
  'pino-std-serializers',
  'protobufjs',
  'quick-format-unescaped',
  'safe-stable-stringify',
  'sonic-boom',
  'tar', // archives
  'thread-stream',
  'valibot', // parsers
  'yauzl',
  '@isaacs/fs-minipass', // of tar
  'chownr',
  'minipass',
  'minizlib',
  'yallist',
];

/** Ours: shared and agent. Nothing that signs for the fleet, nothing of Git, YAML or JSON Schema. */
const libs = [
  'artifacts',
  'base',
  'containers',
  'engine',
  'identity',
  'jobs',
  'link',
  'planner',
  'program',
  'target',
  'trust',
  'wire',
];

const inputs = Object.values(metafile.outputs).flatMap((output) =>
  Object.entries(output.inputs).flatMap(([path, { bytesInOutput }]) => (bytesInOutput > 0 ? [path] : [])),
);

describe('when the agent is bundled', () => {
  it('holds no package outside the list', () => {
    const held = new Set(
      inputs.flatMap((path) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? []),
    );
    expect([...held].filter((name) => !packages.includes(name))).toEqual([]);
    expect([...held]).toContain('@grpc/grpc-js');
  });

  it('holds none of our libs outside the list, and nothing that signs for the fleet', () => {
    const held = new Set(
      inputs.flatMap((path) =>
        path.includes('node_modules') ? [] : (/libs\/([^/]+)\//.exec(path)?.[1] ?? []),
      ),
    );
    expect([...held].toSorted()).toEqual(libs);
    const signing =
      /libs\/(trust\/src\/(sign(-.*)?|ed25519-signer|recorded|refresh)|identity\/src\/authority.*)\.ts$/;
    expect(inputs.filter((path) => signing.test(path))).toEqual([]);
  });

  it('is at most 3 MiB', async () => {
    expect((await stat(program)).size).toBeLessThanOrEqual(3 * 2 ** 20);
  });
});
