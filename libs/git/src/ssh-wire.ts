// SPDX-License-Identifier: Apache-2.0

/** A string of the SSH protocol (RFC 4251, section 5): a length of four bytes and as many bytes. */
export function sshString(content: Uint8Array | string): Buffer {
  const bytes = Buffer.from(content as Uint8Array);
  return Buffer.concat([uint32(bytes.length), bytes]);
}

export function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** Reads one value after another; undefined where the bytes end too early. */
export interface SshReader {
  bytes(count: number): Buffer | undefined;
  /** A length of four bytes and as many bytes. */
  string(): Buffer | undefined;
  text(): string | undefined;
  /** Whether everything was read. */
  isAtEnd(): boolean;
}

export function sshReader(blob: Buffer): SshReader {
  let at = 0;
  const bytes = (count: number): Buffer | undefined => {
    if (at + count > blob.length) return undefined;
    at += count;
    return blob.subarray(at - count, at);
  };
  const string = (): Buffer | undefined => {
    const length = bytes(4)?.readUInt32BE();
    return length === undefined ? undefined : bytes(length);
  };
  return { bytes, string, text: () => string()?.toString('utf8'), isAtEnd: () => at === blob.length };
}
