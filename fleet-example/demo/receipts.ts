// SPDX-License-Identifier: Apache-2.0
import fs from 'node:fs';
import { FairleadError } from '@fairlead/base';
import { readReceipt, type Receipt } from '@fairlead/trust/verify';
import git from 'isomorphic-git';

const receiptRefs = 'refs/fairlead/receipts';

/**
 * Receipts that stand in a repository, each once, oldest first within a chain: from Git alone, so what is read here has been stored.
 * The server checked their signatures before it stored them.
 */
export interface ReceiptReader {
  /** What has come since the last call. */
  fresh(): Promise<readonly Receipt[]>;
}

export function createReceiptReader(dir: string): ReceiptReader {
  const read = new Set<string>();

  /** Commits of a chain that have not been read, oldest first. */
  async function unread(ref: string): Promise<readonly string[]> {
    const commits: string[] = [];
    let oid: string | undefined = await git.resolveRef({ fs, dir, ref });
    while (oid !== undefined && !read.has(oid)) {
      commits.unshift(oid);
      oid = (await git.readCommit({ fs, dir, oid })).commit.parent[0];
    }
    return commits;
  }

  return {
    async fresh() {
      const receipts: Receipt[] = [];
      const names = await git.listRefs({ fs, dir, filepath: receiptRefs });
      // A lock beside a reference that is being written is none.
      for (const name of names.filter((each) => !each.endsWith('.lock'))) {
        for (const commit of await unread(`${receiptRefs}/${name}`)) {
          receipts.push(...(await receiptsOf(dir, commit)));
          read.add(commit);
        }
      }
      return receipts;
    },
  };
}

async function receiptsOf(dir: string, commit: string): Promise<readonly Receipt[]> {
  const { blob } = await git.readBlob({ fs, dir, oid: commit, filepath: 'receipts.jsonl' });
  const lines = Buffer.from(blob)
    .toString('utf8')
    .split('\n')
    .filter((line) => line !== '');
  return lines.map((line) => {
    const receipt = readReceipt(Buffer.from(line, 'utf8'));
    if (receipt.ok) return receipt.value;
    throw new FairleadError({ code: 'log-forged', message: `commit ${commit}: ${receipt.error.join('; ')}` });
  });
}
