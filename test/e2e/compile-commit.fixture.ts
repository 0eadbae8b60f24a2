// SPDX-License-Identifier: Apache-2.0
// Compiles the head of a local repository, as a process of its own, and prints everything that came of it as one JSON object.
// usage: node --conditions=@fairlead/source compile-commit.fixture.ts <repository> <umask>
import { createClock, FairleadError, type Result } from '@fairlead/base';
import { createCompiler } from '@fairlead/compiler';
import { createSnapshotReader, openRepository } from '@fairlead/git';

const [path = '.', umask = '022'] = process.argv.slice(2);
process.umask(Number.parseInt(umask, 8));

function must<T>(result: Result<T, { readonly message: string }>): T {
  if (result.ok) return result.value;
  throw new FairleadError({ code: 'internal', message: result.error.message });
}

const clock = createClock({
  now: () => Date.now(),
  monotonic: () => performance.now(),
  schedule: () => () => undefined,
});
const signal = new AbortController().signal;
const repository = must(await openRepository(path, { clock }));
const head = must(await repository.readRef('refs/heads/main'));
if (head === null) throw new FairleadError({ code: 'branch-missing', message: 'no main' });
const snapshot = must(await createSnapshotReader(repository.objects).read(head));
const result = await createCompiler().compile({
  commit: snapshot.commit,
  tree: snapshot.tree,
  time: snapshot.time,
  branch: 'main',
  generation: must(await repository.ancestry.generation(head)),
  files: snapshot.files,
  read: async (oids, maxBytes) => {
    const blobs = await repository.blobs(oids, { maxBytes, signal });
    return new Map([...blobs].map(([oid, blob]) => [oid, must(blob)]));
  },
});

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('utf8');
const { locale, timeZone } = Intl.DateTimeFormat().resolvedOptions();
console.log(
  JSON.stringify({
    surroundings: {
      locale,
      timeZone,
      umask: Number.parseInt(umask, 8),
      sorted: ['z', 'ö', 'I', 'i', 'Z'].sort((a, b) => a.localeCompare(b)).join(''),
    },
    meaning:
      result.kind === 'refused'
        ? result
        : {
            manifest: text(result.manifestBytes),
            targets: [...result.targets],
            bodies: [...result.bodies].map(([digest, bytes]) => [digest, text(bytes)]),
            groups: [...result.groups],
            diagnostics: result.diagnostics,
          },
  }),
);
