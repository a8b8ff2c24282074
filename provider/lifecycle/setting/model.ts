import type { TimeoutsInput } from "../timing.ts";

export interface SettingInputs {
  key: string;
  value: string;
  allowRunningInstances?: boolean;
  deletionPolicy?: "restore" | "keep";
  timeouts?: TimeoutsInput;
  multipassPath?: string;
  owner: string;
  /** The names of the properties that the program has marked as secrets. */
  secrets?: string[];
}

export interface SettingState extends SettingInputs {
  /** What was set before, as Multipass prints it; of a passphrase only whether there was one. */
  previous: string;
  /** False where the value was set, or may have been, and nobody has seen the end of it. */
  ready?: boolean;
  /** Whether the value is one that a refresh has found in place of ours. */
  found?: boolean;
}

export const PASSPHRASE = "local.passphrase";

/** Whether a change of it ends the daemon, which its service manager then starts again. */
export function restartsDaemon(key: string): boolean {
  return key.startsWith("local.");
}

const DRIVERS: Record<string, string> = { "hyper-v": "hyperv", vbox: "virtualbox" };

/**
 * A value as Multipass itself writes it, so that `on` is no change where `true` stands.
 * Source: canonical/multipass `src/settings/`, `src/daemon/daemon_init_settings.cpp`.
 */
export function normalised(key: string, value: string): string {
  switch (key) {
    case "local.privileged-mounts":
      if (/^(?:true|on|yes|1)$/i.test(value)) return "true";
      return /^(?:false|off|no|0)$/i.test(value) ? "false" : value;
    case "local.driver":
      return DRIVERS[value] ?? value;
    case "local.image.mirror":
      return value === "" || value.endsWith("/") ? value : `${value}/`;
    case PASSPHRASE:
      // All that Multipass ever tells of it.
      return String(value !== "");
    default:
      return value;
  }
}
