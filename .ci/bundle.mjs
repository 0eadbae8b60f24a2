// Bundles the app in the current folder into the one file that its `bin` names, with esbuild's metafile beside it.
// CommonJS, because several dependencies are, and a device needs nothing but Node and this file.
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { build } from 'esbuild';

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
