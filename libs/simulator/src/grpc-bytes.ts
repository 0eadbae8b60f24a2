// SPDX-License-Identifier: Apache-2.0

/** Octets before each message of gRPC: compressed or not, and the length. */
const prefixBytes = 5;

export function grpcMessage(message: Uint8Array): Buffer {
  const bytes = Buffer.allocUnsafe(prefixBytes + message.length);
  bytes.writeUInt8(0, 0);
  bytes.writeUInt32BE(message.length, 1);
  bytes.set(message, prefixBytes);
  return bytes;
}

/** Cuts a stream of bytes into messages. Returns false for one that is compressed or larger than allowed. */
export function createMessageReader(
  maxBytes: number,
  onMessage: (message: Buffer) => void,
): (chunk: Buffer) => boolean {
  let parts: Buffer[] = [];
  let have = 0;
  return (chunk) => {
    parts.push(chunk);
    have += chunk.length;
    for (;;) {
      if (have < prefixBytes) return true;
      let [head = chunk] = parts;
      if (head.length < prefixBytes) {
        head = Buffer.concat(parts);
        parts = [head];
      }
      const length = head.readUInt32BE(1);
      if (head.readUInt8(0) !== 0 || length > maxBytes) return false;
      if (have < prefixBytes + length) return true;
      const bytes = parts.length === 1 ? head : Buffer.concat(parts);
      onMessage(bytes.subarray(prefixBytes, prefixBytes + length));
      const rest = Buffer.from(bytes.subarray(prefixBytes + length));
      have = rest.length;
      parts = have === 0 ? [] : [rest];
    }
  };
}
