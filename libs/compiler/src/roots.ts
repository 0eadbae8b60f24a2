// SPDX-License-Identifier: Apache-2.0
import type { Result } from '@fairlead/base';
import { judgeSuccessor, limits, type TrustedRoot, type TrustRefusal } from '@fairlead/trust/verify';
import type { CompileInput } from './compile-types.ts';
import type { Finding, Findings } from './findings.ts';
import type { Loaded, Loader } from './loader.ts';
import { createUsedCache } from './used-cache.ts';

const folder = 'trust/root/';
export const firstRootPath = `${folder}1.json`;

const rootKind = {
  kind: 'root',
  maxBytes: limits.root,
  // Bytes as they are: digests and signatures hang on each of them.
  parse: (bytes: Uint8Array) => ({
    value: bytes,
    problems: [],
    faulty: new Set<string>(),
    text: '',
  }),
} as const;

/** Reads the roots of a commit, and judges each as a device would that walks them. */
export interface RootReader {
  /** Bytes from version 1 on, as far as each properly follows the one before; what does not is an error of the commit. */
  read(input: CompileInput, load: Loader['load'], findings: Findings): Promise<readonly Uint8Array[]>;
  sweep(): void;
}

export function createRootReader(): RootReader {
  const judged = createUsedCache<Result<TrustedRoot, TrustRefusal>>();
  const judge = (root: Loaded<Uint8Array>, next: Loaded<Uint8Array>): Result<TrustedRoot, TrustRefusal> => {
    const key = `${root.oid} ${next.oid}`;
    const known = judged.get(key);
    const verdict = known ?? judgeSuccessor(root.value, next.value);
    if (known === undefined) judged.set(key, verdict);
    return verdict;
  };

  return {
    async read(input, load, findings) {
      const report = (version: number, finding: Finding): void => {
        findings.add({ file: pathOf(version), pointer: '' }, '', finding);
      };
      const versions = listVersions(input, findings);
      const files = await load(versions.map(pathOf), rootKind, findings);
      // Not looked into where it stands alone: its digest is the fleet's id, and who trusts it judges the content.
      let [newest] = files;
      const roots = newest === undefined || versions[0] !== 1 ? [] : [newest.value];
      let trusted: TrustedRoot | undefined;
      for (const [index, version] of versions.entries()) {
        const file = files[index];
        if (index === 0 || file === undefined || newest === undefined || roots.length < index) continue;
        if (version !== index + 1) {
          report(version, { code: 'root-invalid', message: `there is no ${pathOf(index + 1)} before it` });
          break;
        }
        const verdict = judge(newest, file);
        if (!verdict.ok) {
          const message = `it does not follow ${pathOf(index)}: ${verdict.error.message}`;
          report(version, { code: 'root-invalid', message });
          break;
        }
        roots.push(file.value);
        newest = file;
        trusted = verdict.value;
      }
      if (trusted !== undefined && trusted.expires <= Date.parse(input.time)) {
        const message = `root version ${String(trusted.version)} had expired when this was committed`;
        report(trusted.version, { severity: 'warning', code: 'root-expired', message });
      }
      return roots;
    },
    sweep: () => {
      judged.sweep();
    },
  };
}

function pathOf(version: number): string {
  return `${folder}${String(version)}.json`;
}

/** Versions that have a file, ascending. */
function listVersions({ files }: CompileInput, findings: Findings): readonly number[] {
  const versions: number[] = [];
  for (const [path, { kind }] of files) {
    if (!path.startsWith(folder) || kind !== 'file') continue;
    const number = /^([1-9]\d{0,8})\.json$/.exec(path.slice(folder.length))?.[1];
    if (number !== undefined) versions.push(Number(number));
    else {
      findings.add({ file: path, pointer: '' }, '', {
        severity: 'warning',
        code: 'root-invalid',
        message: 'no root has this name, so nobody looks at it',
        hint: 'Roots are named by their version: 1.json, 2.json, and so on.',
      });
    }
  }
  return versions.sort((a, b) => a - b);
}
