// SPDX-License-Identifier: Apache-2.0
import { digestFromHex, digestHex, err, ok, type Digest, type Result } from '@fairlead/base';

/** What reading gives back in place of a value that is wrong: it is never handed out, since the problems are. */
const nothing = digestFromHex('0'.repeat(64));

/** Reads the fields of one message and gathers every problem. */
export interface Fields {
  problem(path: string, what: string): void;
  text(path: string, value: string, max: number): string;
  bytes(path: string, value: Uint8Array, max: number): Uint8Array;
  digest(path: string, value: Uint8Array): Digest;
  optionalDigest(path: string, value: Uint8Array): Digest | null;
  /** A count, sequence or time: not negative and within the safe integers. */
  whole(path: string, value: bigint): number;
  list<T, U>(
    path: string,
    items: readonly T[],
    max: number,
    read: (item: T, path: string) => U,
  ): readonly U[];
  /** For a message that must be there; the fallback only lets reading go on. */
  present<T>(path: string, value: T | undefined, fallback: T): T;
  /** `value`, or all problems. */
  done<T>(value: T): Result<T, readonly string[]>;
}

export function createFields(): Fields {
  const problems: string[] = [];
  const problem = (path: string, what: string): void => {
    problems.push(`${path}: ${what}`);
  };
  const digest = (path: string, value: Uint8Array): Digest => {
    if (value.length === 32) return digestFromHex(Buffer.from(value).toString('hex'));
    problem(path, 'not a SHA-256');
    return nothing;
  };
  return {
    problem,
    digest,
    text(path, value, max) {
      if (value.length > max) problem(path, `longer than ${max} characters`);
      return value;
    },
    bytes(path, value, max) {
      if (value.length > max) problem(path, `larger than ${max} bytes`);
      return value;
    },
    optionalDigest: (path, value) => (value.length === 0 ? null : digest(path, value)),
    whole(path, value) {
      if (value < 0n || value > BigInt(Number.MAX_SAFE_INTEGER)) problem(path, 'out of range');
      return Number(value);
    },
    list(path, items, max, read) {
      if (items.length <= max) return items.map((item, index) => read(item, `${path}[${index}]`));
      problem(path, `more than ${max} entries`);
      return [];
    },
    present(path, value, fallback) {
      if (value === undefined) problem(path, 'missing');
      return value ?? fallback;
    },
    done: (value) => (problems.length === 0 ? ok(value) : err(problems)),
  };
}

/** Decodes protobuf bytes and reads the result; bytes that are no such message are one problem. */
export function decodeWith<Wire, T>(
  bytes: Uint8Array,
  max: number,
  decode: (bytes: Uint8Array) => Wire,
  read: (wire: Wire) => Result<T, readonly string[]>,
): Result<T, readonly string[]> {
  if (bytes.length > max) return err([`message: larger than ${max} bytes`]);
  let wire: Wire;
  try {
    wire = decode(bytes);
  } catch (error) {
    return err([`message: not protobuf (${error instanceof Error ? error.message : String(error)})`]);
  }
  return read(wire);
}

/** The 32 bytes of a digest; none for null. */
export function digestBytes(digest: Digest | null): Buffer {
  return digest === null ? Buffer.alloc(0) : Buffer.from(digestHex(digest), 'hex');
}

/** A view of the same bytes as the Buffer that generated code wants. */
export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
