// SPDX-License-Identifier: Apache-2.0

const number = '(?:25[0-5]|2[0-4]\\d|1?\\d?\\d)';
const ipv4 = new RegExp(`^${number}(?:\\.${number}){3}$`);

/** True for four numbers without leading zeros, which some read as octal. */
export function isIpv4(text: string): boolean {
  return ipv4.test(text) && text.split('.').every((part) => part === '0' || !part.startsWith('0'));
}

/** An IP address in its one writing (RFC 5952 for IPv6), or undefined where the text is none. */
export function ipAddress(text: string): string | undefined {
  if (isIpv4(text)) return text;
  if (!/^[0-9a-f:.]{2,45}$/i.test(text) || !text.includes(':')) return undefined;
  const url = URL.parse(`http://[${text}]/`);
  return url?.hostname.slice(1, -1);
}
