// SPDX-License-Identifier: Apache-2.0
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { onTestFinished } from 'vitest';
import { createMessageConnection, StreamMessageReader, StreamMessageWriter } from 'vscode-jsonrpc/node';

/** Zero-based, as the protocol counts. */
interface Position {
  readonly line: number;
  readonly character: number;
}

interface PublishedDiagnostics {
  readonly uri: string;
  readonly diagnostics: readonly { readonly message: string; readonly range: { readonly start: Position } }[];
}

interface CompletionList {
  readonly items: readonly { readonly label: string; readonly documentation?: string }[];
}

interface Hover {
  readonly contents: { readonly value: string };
}

/** An editor with one file open. */
export interface Editor {
  /** `<line>: <message>` of what the server says of the text, as soon as it says that something or nothing is wrong. */
  problems(any: boolean): Promise<readonly string[]>;
  complete(position: Position): Promise<CompletionList['items']>;
  hover(position: Position): Promise<string>;
  replace(text: string): Promise<void>;
}

const require = createRequire(import.meta.url);
const server = join(
  dirname(require.resolve('yaml-language-server/package.json')),
  'bin/yaml-language-server',
);

/** The language server that editors run for YAML, as a process of its own, with one file of `folder` open. It asks no network. */
export async function openInEditor(folder: string, file: string, text: string): Promise<Editor> {
  const child = spawn(process.execPath, [server, '--stdio'], { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = once(child, 'exit');
  const connection = createMessageConnection(
    new StreamMessageReader(child.stdout),
    new StreamMessageWriter(child.stdin),
  );
  const uri = pathToFileURL(join(folder, file)).href;
  let said: readonly string[] | undefined;
  const waiting = new Set<() => void>();
  connection.onNotification('textDocument/publishDiagnostics', (published: PublishedDiagnostics) => {
    if (published.uri !== uri) return;
    said = published.diagnostics.map(({ range, message }) => `${String(range.start.line)}: ${message}`);
    for (const look of waiting) look();
  });
  const yaml = { validate: true, hover: true, completion: true, schemaStore: { enable: false } };
  connection.onRequest('workspace/configuration', ({ items }: { items: readonly { section: string }[] }) =>
    items.map(({ section }) => (section === 'yaml' ? yaml : {})),
  );
  connection.onRequest('client/registerCapability', () => null);
  connection.listen();
  onTestFinished(async () => {
    await connection.sendRequest('shutdown');
    await connection.sendNotification('exit');
    await ended;
    connection.dispose();
  });
  const textDocument = { uri };
  await connection.sendRequest('initialize', {
    processId: process.pid,
    rootUri: pathToFileURL(folder).href,
    capabilities: { textDocument: { hover: { contentFormat: ['plaintext'] } } },
  });
  await connection.sendNotification('initialized', {});
  await connection.sendNotification('workspace/didChangeConfiguration', { settings: { yaml } });
  await connection.sendNotification('textDocument/didOpen', {
    textDocument: { uri, languageId: 'yaml', version: 1, text },
  });
  return {
    problems: (any) =>
      new Promise((resolve) => {
        const look = (): void => {
          if (said === undefined || said.length > 0 !== any) return;
          waiting.delete(look);
          resolve(said);
        };
        waiting.add(look);
        look();
      }),
    complete: async (position) => {
      const list: CompletionList = await connection.sendRequest('textDocument/completion', {
        textDocument,
        position,
      });
      return list.items;
    },
    hover: async (position) => {
      const hover: Hover = await connection.sendRequest('textDocument/hover', { textDocument, position });
      return hover.contents.value;
    },
    replace: (fresh) =>
      connection.sendNotification('textDocument/didChange', {
        textDocument: { uri, version: 2 },
        contentChanges: [{ text: fresh }],
      }),
  };
}
