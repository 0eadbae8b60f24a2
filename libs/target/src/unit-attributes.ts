// SPDX-License-Identifier: Apache-2.0

/** What a pod says of a unit whatever its domain: when it runs, what it may take, and how its health is known. */
export interface UnitAttributes {
  readonly triggers: Triggers;
  /** 1 critical, 2 priority, 3 normal: a device that is in trouble starts the lower ones only. */
  readonly runlevel: 1 | 2 | 3;
  /** It does not keep the device from what waits for idleness. */
  readonly background: boolean;
  /** Always runs, and is started again at once; it has no triggers. */
  readonly critical: boolean;
  readonly health: HealthCheck | null;
  readonly resources: Resources;
}

/** What starts a unit that is not critical. None of them: it is started on request. */
export interface Triggers {
  /** At each boot of the device. */
  readonly boot: boolean;
  /** When another version of it was installed. */
  readonly install: boolean;
  /** This long after its last start; 0: again as soon as it ended. */
  readonly intervalSeconds: number | null;
}

export interface HealthCheck {
  readonly probe: HealthProbe;
  /** From one probe to the next. */
  readonly intervalMs: number;
  readonly timeoutMs: number;
  /** Failed probes in a row after which it is unhealthy. */
  readonly retries: number;
  /** After the start, failed probes count only from here on. */
  readonly startPeriodMs: number;
  /** How long it must stay healthy before a revision counts as good; null: the agent's default. */
  readonly windowMs: number | null;
}

export type HealthProbe =
  | { readonly kind: 'command'; readonly command: readonly string[] }
  /** Healthy at any answer from 200 to 399. */
  | { readonly kind: 'http'; readonly url: string }
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number }
  /** The name of the endpoint, as the firmware announces it. */
  | { readonly kind: 'rpmsg'; readonly endpoint: string };

/** Upper bounds; null: none. */
export interface Resources {
  readonly memoryBytes: number | null;
  /** Thousandths of a core. */
  readonly milliCpus: number | null;
  readonly pids: number | null;
}

/** Of a unit about which nothing is said. */
export const plainAttributes: UnitAttributes = {
  triggers: { boot: true, install: false, intervalSeconds: null },
  runlevel: 3,
  background: false,
  critical: false,
  health: null,
  resources: { memoryBytes: null, milliCpus: null, pids: null },
};
