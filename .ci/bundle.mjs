// Bundles the app in the current folder into the one file that its `bin` names, with esbuild's metafile beside it.
// CommonJS, because several dependencies are, and a device needs nothing but Node and this file.
import { chmod, readFile, rm, writeFile } from 'node:fs/promises';
import { build } from 'esbuild';

const { bin } = JSON.parse(await readFile('package.json', 'utf8'));
const [outfile] = Object.values(bin);
await rm('bundle', { recursive: true, force: true });
const { metafile } = await build({
  entryPoints: ['src/main.ts'],
  outfile,
  bundle: true,
  platform: 'node',
  target: 'node22',
  format: 'cjs',
  conditions: ['@fairlead/source'],
  minify: true,
  legalComments: 'none',
  metafile: true,
  logLevel: 'warning',
});
await writeFile('bundle/meta.json', JSON.stringify(metafile));
await chmod(outfile, 0o755);
