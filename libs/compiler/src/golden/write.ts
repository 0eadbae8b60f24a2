// SPDX-License-Identifier: Apache-2.0
/* eslint-disable @typescript-eslint/no-restricted-imports, no-restricted-globals -- a tool for people, no part of the library */
// Adds a golden case to an edition:
//
//   npm run -w libs/compiler golden -- 1 case.json
//
// case.json is {"name": …, "files": {"fleet.json": {…}, "devices.json": {…}, …}}: a tree, each file as JSON or as text. The bytes that
// are there already are never written anew; where they no longer come out, the change of the compiler needs a new edition.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { withCase, type GoldenCase } from './golden-case.fixture.ts';

const [edition = '', path = ''] = process.argv.slice(2);
if (!/^[1-9]\d*$/.test(edition) || path === '') {
  console.error('usage: npm run -w libs/compiler golden -- <edition> <case.json>');
  process.exitCode = 2;
} else {
  const golden = join(import.meta.dirname, `edition-${edition}.golden.json`);
  const before = existsSync(golden) ? readFileSync(golden, 'utf8') : '[]';
  const wanted = JSON.parse(readFileSync(path, 'utf8')) as GoldenCase;
  const result = await withCase(Number(edition), JSON.parse(before) as readonly GoldenCase[], wanted);
  if (result.ok) {
    writeFileSync(golden, `${JSON.stringify(result.value, null, 2)}\n`);
    console.log(`${golden}: added '${wanted.name}'; look at its bytes before you commit them`);
  } else {
    console.error(result.error);
    process.exitCode = 1;
  }
}
