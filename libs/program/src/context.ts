// SPDX-License-Identifier: Apache-2.0

/** What a command has of the world beside its flags. */
export interface ProgramContext {
  /** `text`, `json`, or one of the forms of the command. */
  readonly output: string;
  /** Aborts at SIGTERM and SIGINT. */
  readonly signal: AbortSignal;
  readonly terminal: Terminal;
  /** Calls the listener at each SIGHUP from now on. A program that nobody listens for is ended by SIGHUP, as is usual. */
  readonly onHangup: OnHangup;
  /** Gives the answer: to `--out`, else to standard output; as JSON or as text, as `--output` says. */
  answer(answer: Answer): Promise<void>;
  /** One line of JSON on standard output, whatever `--output` says: `{"event":"ready",…}`. */
  event(line: Readonly<Record<string, unknown>>): void;
}

export type OnHangup = (listener: () => void) => void;

export interface Answer {
  /** One value, or with `lines` one value a line. */
  readonly json: unknown;
  readonly text: string;
  /** In the other forms of the command, by name. */
  readonly forms?: Readonly<Record<string, () => string>>;
  /** With `--output json`: an array is printed as one object a line. */
  readonly lines?: boolean;
  /** A file that `--out` names is then open to its owner alone. */
  readonly secret?: boolean;
}

/** Standard streams and environment as ports. */
export interface Terminal {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Whether standard output, and standard error, is read by a person. */
  readonly isTerminal: { readonly stdout: boolean; readonly stderr: boolean };
  out(text: string): void;
  err(text: string): void;
}
