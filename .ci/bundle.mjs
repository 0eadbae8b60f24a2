// Bundles the app in the current folder into the one file that its `bin` names, with esbuild's metafile beside it.
// CommonJS, because several dependencies are, and a device needs nothing but Node and this file.
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { build } from 'esbuild';

/** Before anything that an older Node lacks is used: says so, instead of failing somewhere. */
const needsNode = `
const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 22 || (major === 22 && minor < 22)) {
  process.stderr.write('error: Node 22.22 or newer is needed; this is ' + process.version + '\\nhint: Put a newer Node first on the PATH.\\n');
  process.exit(3);
}`;

const { bin } = JSON.parse(await readFile('package.json', 'utf8'));
const [outfile] = Object.values(bin);
const { metafile, outputFiles } = await build({
  entryPoints: ['src/main.ts'],
  outfile,
  bundle: true,
  write: false,
  platform: 'node',
  target: 'node22',
  format: 'cjs',
  conditions: ['@fairlead/source'],
  minify: true,
  // Not ours to ship: used where somebody installed it beside the program.
  external: ['openpgp'],
  // In a block of its own: its names must not meet those of the bundle. The directive counts only where it comes first.
  banner: { js: `'use strict';{${needsNode}\n}` },
  legalComments: 'none',
  metafile: true,
  logLevel: 'warning',
});

/** Replaces a file as a whole: a program may be started from it at this very moment. */
async function replace(path, contents, mode) {
  const fresh = `${path}.${process.pid}`;
  await writeFile(fresh, contents, { mode });
  await rename(fresh, path);
}

await mkdir('bundle', { recursive: true });
await replace(outfile, outputFiles[0].contents, 0o755);
await replace('bundle/meta.json', JSON.stringify(metafile), 0o644);
