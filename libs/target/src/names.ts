// SPDX-License-Identifier: Apache-2.0

/** A name that Linux takes for a host, underscores among its letters as containers have them. */
export function isHostname(text: string): boolean {
  return text.length <= 64 && /^[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_])?$/.test(text);
}

export function isDomainName(text: string): boolean {
  return text.length <= 253 && /^[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_])?$/.test(text);
}

/** A name that engines give to networks, volumes, containers and log drivers. */
export function isEngineName(text: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9_.-]{0,200}$/.test(text);
}

export function isSysctl(text: string): boolean {
  return /^[A-Za-z0-9_.-]{1,255}$/.test(text);
}

/** Of AppArmor. */
export function isProfile(text: string): boolean {
  return /^[^\s/\0][^\s\0]{0,254}$/.test(text);
}
