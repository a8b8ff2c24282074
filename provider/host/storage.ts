/** Finds where the daemon keeps images and instances. */
import type { Computer } from "./computer.ts";

const SNAP = "/var/snap/multipass/common";
/**
 * Created by following Multipass's documentation on moving the folder. On macOS that puts a link in the usual
 * place, and on Windows it sets a variable of the system. Source: canonical/multipass
 * `docs/how-to-guides/customise-multipass/configure-where-multipass-stores-external-data.md`.
 */
const SNAP_OVERRIDE = "/etc/systemd/system/snap.multipass.multipassd.service.d/override.conf";
const MAC = "/var/root/Library/Application Support/multipassd";
const MAC_SERVICE = "/Library/LaunchDaemons/com.canonical.multipassd.plist";

/**
 * The folder that the daemon actually uses; undefined if unknown. `MULTIPASS_STORAGE` counts in the daemon's
 * environment, which is the same as ours only on Windows.
 */
export function storageFolder(computer: Computer): string | undefined {
  const { platform, env, exists, readText } = computer;
  if (platform === "win32") {
    const usual = `${env["ProgramData"] ?? "C:\\ProgramData"}\\Multipass`;
    return env["MULTIPASS_STORAGE"] || (exists(usual) ? usual : undefined);
  }
  if (platform === "darwin") {
    const service = readText(MAC_SERVICE);
    if (service === undefined) return undefined;
    return /<key>MULTIPASS_STORAGE<\/key>\s*<string>([^<]+)<\/string>/.exec(service)?.[1] ?? MAC;
  }
  const moved = /^\s*Environment="?MULTIPASS_STORAGE=([^"\n]+)/m.exec(readText(SNAP_OVERRIDE) ?? "")?.[1];
  return fromProcesses(computer) ?? moved?.trim() ?? (exists(SNAP) ? SNAP : undefined);
}

/** The daemon's child processes name files in its folder: QEMU a disk, dnsmasq its list of hosts. */
function fromProcesses({ processes }: Computer): string | undefined {
  for (const { command } of processes() ?? []) {
    const [, folder] =
      /file=(\/.+?)\/vault\/instances\//.exec(command) ??
      /--dhcp-hostsfile=(\/.+?)\/network\/dnsmasq\.hosts/.exec(command) ??
      [];
    if (folder !== undefined && /(?:^|\/)(?:qemu-system-|dnsmasq )/.test(command)) return folder;
  }
  return undefined;
}
