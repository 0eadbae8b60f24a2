// SPDX-License-Identifier: Apache-2.0

/**
 * The header block of a gRPC request in HPACK (RFC 7541): what the static table holds by its index, the rest as literals that enter no
 * table, so that nothing has to be remembered between requests.
 */
export function requestHeaders(path: string, authority: string): Buffer {
  return Buffer.concat([
    indexed.methodPost,
    indexed.schemeHttps,
    literal(name.path, path),
    literal(name.authority, authority),
    literal(name.contentType, 'application/grpc'),
    Buffer.of(0),
    text('te'),
    text('trailers'),
  ]);
}

/** Whole fields of the static table, RFC 7541 section 6.1. */
const indexed = { methodPost: Buffer.of(0x80 | 3), schemeHttps: Buffer.of(0x80 | 7) } as const;
/** Names of the static table as the beginning of a literal without indexing, section 6.2.2: an index in 4 bits and what is above them. */
const name = { authority: Buffer.of(1), path: Buffer.of(4), contentType: Buffer.of(15, 31 - 15) } as const;

function literal(head: Buffer, value: string): Buffer {
  return Buffer.concat([head, text(value)]);
}

/** A string without Huffman coding, section 5.2; its length in 7 bits and what is above them. */
function text(value: string): Buffer {
  const bytes = Buffer.from(value, 'latin1');
  if (bytes.length < 127) return Buffer.concat([Buffer.of(bytes.length), bytes]);
  const above: number[] = [127];
  let rest = bytes.length - 127;
  while (rest >= 128) {
    above.push((rest % 128) | 128);
    rest = Math.floor(rest / 128);
  }
  return Buffer.concat([Buffer.from([...above, rest]), bytes]);
}
