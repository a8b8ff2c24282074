import type { Capabilities } from "../version.ts";

const OTHER_NAMES: Record<string, string> = { "hyper-v": "hyperv", vbox: "virtualbox" };

function known(platform: NodeJS.Platform, { legacyDrivers }: Capabilities): string[] {
  switch (platform) {
    case "win32":
      return ["hyperv", "virtualbox", ...(legacyDrivers ? [] : ["hyperv_api"])];
    case "darwin":
      return ["qemu", "virtualbox", ...(legacyDrivers ? [] : ["applevz"])];
    default:
      return ["qemu", "virtualbox", ...(legacyDrivers ? ["lxd", "libvirt"] : [])];
  }
}

/** The driver that a value of `local.driver` names; undefined if the platform has no such driver. */
export function driverNamed(
  value: string,
  caps: Capabilities,
  platform: NodeJS.Platform = process.platform,
): string | undefined {
  const name = OTHER_NAMES[value] ?? value;
  return known(platform, caps).includes(name) ? name : undefined;
}
