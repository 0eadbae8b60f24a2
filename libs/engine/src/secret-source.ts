// SPDX-License-Identifier: Apache-2.0

export interface Secret {
  readonly value: string;
  /** Another one each time that the secret is set; tells nothing of the value. */
  readonly mark: string;
}

/** The secrets of this device. Drivers look them up when a unit starts, and write them nowhere that others read. */
export interface SecretSource {
  /** Null: there is none of this name. */
  read(name: string): Secret | null;
  /** As `read`, without the value. */
  mark(name: string): string | null;
}

/** For devices that have none. */
export const noSecrets: SecretSource = { read: () => null, mark: () => null };
