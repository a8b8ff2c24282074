import * as v from "valibot";
import { COMMON, flag, noLineBreak } from "../common.ts";
import { type ArgumentsOf, argument } from "../description.ts";
import { isUnknown } from "../unknown.ts";
import { PASSPHRASE } from "./passphrase.ts";

export const SETTING = {
  key: argument(
    v.pipe(
      v.string(),
      v.regex(/^(?:local|client)\.[a-z][a-z0-9.-]*$/, 'is not the key of a setting, such as "local.driver"'),
      v.check(
        (key) => !/^local\.[^.]+\.(?:cpus|memory|disk|bridged)$/.test(key),
        "belongs to an instance: use the arguments of `Instance`",
      ),
      v.check(
        (key) => !/^local\.[^.]+\.[^.]+\.(?:name|comment)$/.test(key),
        "belongs to a snapshot: use the arguments of `Snapshot`",
      ),
    ),
    { change: "replace", secret: "marked" },
  ),
  value: argument(v.pipe(v.string('must be a string, such as "true"'), noLineBreak), {
    change(asked, was, { key }: { key: string }) {
      const isSame =
        key === PASSPHRASE || isUnknown(asked)
          ? asked === was
          : normalised(key, asked) === normalised(key, was);
      return isSame ? undefined : "update";
    },
    secret: "marked",
  }),
  allowRunningInstances: argument(v.optional(flag), { change: "record", secret: "marked" }),
  deletionPolicy: argument(v.optional(v.picklist(["restore", "keep"], 'must be "restore" or "keep"')), {
    change: "record",
    secret: "marked",
  }),
  ...COMMON,
};

export type SettingInputs = ArgumentsOf<typeof SETTING>;

export interface SettingState extends SettingInputs {
  /** The earlier value, as Multipass prints it; for a passphrase, only whether there was one. */
  previous: string;
  /** False if the value was set, or may have been, but the change was not seen to finish. */
  ready?: boolean;
  /** Whether a refresh found this value in place of ours. */
  found?: boolean;
}

export function restartsDaemon(key: string): boolean {
  return key.startsWith("local.");
}

const DRIVERS: Record<string, string> = { "hyper-v": "hyperv", vbox: "virtualbox" };

/**
 * A value as Multipass stores it, so that `on` is no change if `true` is set.
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
      // Multipass only tells whether there is a passphrase.
      return String(value !== "");
    default:
      return value;
  }
}
