// SPDX-License-Identifier: Apache-2.0

export type ContainerNetwork =
  /** The engine's default network. */
  | { readonly kind: 'bridge' }
  | { readonly kind: 'host' }
  | { readonly kind: 'none' }
  /** That of another container. */
  | { readonly kind: 'container'; readonly name: string }
  /** A network that is there already. */
  | { readonly kind: 'named'; readonly name: string };

export interface NetworkAttachment {
  readonly name: string;
  /** Further names of the container in this network; sorted. */
  readonly aliases: readonly string[];
  readonly ipv4: string | null;
  readonly ipv6: string | null;
}

export interface ExposedPort {
  readonly port: number;
  readonly protocol: PortProtocol;
}

export type PortProtocol = 'tcp' | 'udp' | 'sctp';

/** A port of the container that is reached through one of the host. */
export interface ContainerPort extends ExposedPort {
  /** Address of the host, `0.0.0.0` for all of IPv4; null: all addresses. */
  readonly hostAddress: string | null;
  /** The first free one of these is taken; null: any free one. */
  readonly hostPorts: { readonly first: number; readonly last: number } | null;
}

export interface ExtraHost {
  readonly name: string;
  readonly to: ExtraHostTarget;
}

export type ExtraHostTarget =
  | { readonly kind: 'address'; readonly address: string }
  /** The host as the container sees it; interface: the address of this one, null: that of the container's gateway. */
  | { readonly kind: 'host'; readonly interface: string | null }
  /** A container of this device, by its host name. */
  | { readonly kind: 'container'; readonly hostname: string };
