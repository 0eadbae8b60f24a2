// SPDX-License-Identifier: Apache-2.0

/**
 * A message that is put together only where it is sent: no bytes are made for each device that grpc-js would copy once more. A Buffer
 * is one.
 */
export interface Frame {
  readonly byteLength: number;
  /** Writes all of it into `into` from `at` on. */
  copy(into: Uint8Array, at?: number): number;
}

/** The frame as grpc-js's types want it: of what a serializer returns it takes `byteLength` and `copy`, and nothing else. */
export function asSerialized(frame: Frame): Buffer {
  return frame as Buffer;
}

/** The bytes of a frame. */
export function frameBytes(frame: Frame): Buffer {
  const bytes = Buffer.allocUnsafe(frame.byteLength);
  frame.copy(bytes);
  return bytes;
}
