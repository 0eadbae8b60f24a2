// SPDX-License-Identifier: Apache-2.0

/** A member of a composite as its process reads it on stdin: the 22 fields of Maestro, names and nulls as Maestro writes them. */
export interface JobDefinition {
  readonly job: string;
  readonly composite_id: string;
  readonly container_template: string;
  readonly config: string;
  readonly config_name: string;
  readonly message: string;
  readonly wait_for_ok: boolean;
  /** Milliseconds. */
  readonly defer_running_status: number;
  readonly no_autostart: boolean;
  readonly restart: boolean;
  readonly restart_on_dependency_fail: boolean;
  readonly restart_limit: number;
  /** Milliseconds. */
  readonly restart_pause: number;
  readonly depends_on: readonly string[] | null;
  readonly exec_cmd: string;
  readonly exec_args: readonly string[] | null;
  readonly pgid: number;
  readonly env: readonly string[] | null;
  readonly inherit_env: boolean;
  readonly die_on_parent_death: boolean;
  readonly daemonize: boolean;
  readonly immutable: boolean;
}
