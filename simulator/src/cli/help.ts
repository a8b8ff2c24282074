import type { Capabilities } from "../version.ts";

const DESCRIPTIONS: [name: string, description: string, since?: (caps: Capabilities) => boolean][] = [
  ["alias", "Create an alias"],
  ["aliases", "List available aliases"],
  ["authenticate", "Authenticate client"],
  ["clone", "Clone an instance", ({ clone }) => clone],
  ["delete", "Delete instances and snapshots"],
  ["disable-zones", "Make zones unavailable", ({ zones }) => zones],
  ["enable-zones", "Make zones available", ({ zones }) => zones],
  ["exec", "Run a command on an instance"],
  ["find", "Display available images to create instances from"],
  ["get", "Get a configuration setting"],
  ["help", "Display help about a command"],
  ["info", "Display information about instances or snapshots"],
  ["launch", "Create and start a cloud instance"],
  ["list", "List all available instances or snapshots"],
  ["mount", "Mount a local directory in the instance"],
  ["networks", "List available network interfaces"],
  ["prefer", "Switch the current alias context"],
  ["purge", "Purge all deleted instances permanently"],
  ["recover", "Recover deleted instances"],
  ["restart", "Restart instances"],
  ["restore", "Restore an instance from a snapshot"],
  ["set", "Set a configuration setting"],
  ["shell", "Open a shell on an instance"],
  ["snapshot", "Take a snapshot of an instance"],
  ["start", "Start instances"],
  ["stop", "Stop running instances"],
  ["suspend", "Suspend running instances"],
  ["transfer", "Transfer files between the host and instances"],
  ["umount", "Unmount a directory from an instance"],
  ["unalias", "Remove aliases"],
  ["version", "Show version details"],
  ["wait-ready", "Wait for the Multipass daemon to be ready", ({ waitReady }) => waitReady],
  ["zones", "List all availability zones", ({ zones }) => zones],
];

/** The output of `multipass` without arguments. */
export function usage(caps: Capabilities): string {
  const lines = DESCRIPTIONS.filter(([, , since]) => since?.(caps) ?? true).map(
    ([name, description]) => `  ${name.padEnd(15)}${description}`,
  );
  return [
    "Usage: multipass [options] <command>",
    "Create, control and connect to cloud instances.",
    "",
    "This is a command line utility for multipass, a",
    "service that manages cloud instances.",
    "",
    "Options:",
    "  -h, --help     Displays help on commandline options",
    "  -v, --verbose  Increase logging verbosity. Repeat the 'v' in the short option",
    "                 for more detail. Maximum verbosity is obtained with 4 (or more)",
    "                 v's, i.e. -vvvv.",
    "",
    "Available commands:",
    ...lines,
    "",
  ].join("\n");
}
