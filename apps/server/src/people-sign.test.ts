// SPDX-License-Identifier: Apache-2.0
import { git, waitFor } from '@fairlead/testing';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { bareOf, fairlead, newFleet, recordOf, startServer } from './server.fixture.ts';

const allowed = 120_000;

describe('when people sign and accept from a clone, and the server watches what they push to', () => {
  it(
    'waits for the release key, and stays ready meanwhile',
    async () => {
      const fleet = await newFleet();
      const bare = await bareOf(fleet);
      const server = await startServer(fleet, bare);
      await recordOf(bare, 'revision', await fleet.head());
      const key = join(dirname(fleet.dir), 'release.pem');
      await fairlead('keys', 'create', '--key', key);
      const { roles } = (await fairlead('keys', 'show', '--repo', fleet.dir)) as {
        readonly roles: { readonly targets: { readonly keys: readonly { readonly id: string }[] } };
      };
      await fairlead(
        ...['keys', 'rotate', '--role', 'targets', '--dir', fleet.keys, '--repo', fleet.dir],
        ...['--add', `${key}.pub`, '--remove', roles.targets.keys[0]?.id ?? ''],
      );
      const commit = await fleet.commit({});
      await git(fleet.dir, 'push', '-q', 'origin', 'main');
      await waitFor(() => server.program.stderr().includes('awaiting-release-signature'), {
        what: 'the server saying that it waits',
      });
      expect(await server.ready()).toMatchObject({ status: 200 });
      const signed = await fairlead(
        ...['release', 'sign', 'HEAD', '--repo', fleet.dir, '--key', key, '--remote', 'origin'],
      );
      expect(signed).toMatchObject({ commit, complete: true, version: 2 });
      await recordOf(bare, 'revision', commit);
      await server.isReady();
    },
    allowed,
  );

  it(
    'follows a rewritten history once it was accepted',
    async () => {
      const fleet = await newFleet();
      const bare = await bareOf(fleet);
      const server = await startServer(fleet, bare);
      const base = await fleet.head();
      await fleet.commit({ a: '1' });
      const replaced = await fleet.commit({ a: '2' });
      await git(fleet.dir, 'push', '-q', 'origin', 'main');
      await recordOf(bare, 'revision', replaced);
      await git(fleet.dir, 'reset', '-q', '--hard', base);
      await fleet.commit({ b: '1' });
      await git(fleet.dir, 'push', '-q', '-f', 'origin', 'main');
      await server.reports('history-rewritten');
      const accepted = (await fairlead('history', 'accept', '--repo', fleet.dir, '--remote', 'origin')) as {
        readonly commit: string;
      };
      expect(accepted).toMatchObject({ replaced, counter: 4 });
      await git(fleet.dir, 'push', '-q', 'origin', 'main');
      await recordOf(bare, 'revision', accepted.commit);
      await server.isReady();
      await git(bare, 'fsck', '--strict');
    },
    allowed,
  );
});
