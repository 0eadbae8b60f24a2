// SPDX-License-Identifier: Apache-2.0
import type { Problem } from '@fairlead/spec';
import type { Findings } from '../findings.ts';
import type { PodContent } from './pod-content.ts';

/** Tells what is wrong with the pods of one commit: of a base once, however many specifications extend it. */
export interface PodReport {
  /** Files of all pods that were added. */
  readonly files: ReadonlySet<string>;
  add(pod: PodContent, findings: Findings): void;
  /** Pods that no group names, by path; bases of others among them are no pods of their own. */
  addDrafts(pods: ReadonlyMap<string, PodContent>, findings: Findings): void;
}

/** `texts`: of all files of the commit that were read, by path. */
export function createPodReport(texts: Map<string, string>): PodReport {
  const files = new Set<string>();
  const told = new Set<string>();

  const add = ({ parsed, findings: own }: PodContent, findings: Findings): void => {
    for (const [file, text] of parsed.texts) {
      files.add(file);
      texts.set(file, text);
    }
    for (const [file, problems] of parsed.problems) {
      const fresh = problems.filter((problem) => {
        const key = problemKey(file, problem);
        return !told.has(key) && told.add(key);
      });
      findings.addFile(file, { problems: fresh, faulty: nothing });
    }
    findings.addAll(own);
  };

  return {
    files,
    add,
    addDrafts(pods, findings) {
      const bases = new Set(
        [...pods].flatMap(([path, { parsed }]) => [...parsed.texts.keys()].filter((file) => file !== path)),
      );
      for (const [path, pod] of pods) if (!bases.has(path)) add(pod, findings);
      // What is left extends itself in a circle.
      for (const [path, pod] of pods) if (!files.has(path)) add(pod, findings);
    },
  };
}

const nothing: ReadonlySet<string> = new Set();

/** The first line is what is wrong; those below say by which files one came there. */
export function problemKey(file: string, { place, code, message }: Problem): string {
  return JSON.stringify([file, place, code, message.split('\n', 1)[0]]);
}
