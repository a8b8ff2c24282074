/** The oldest release of Node.js that this package runs on, as in `engines` of package.json. */
export const OLDEST_NODE = "22.12";

/** The message for a user whose Node.js is too old; undefined if it is new enough. */
export function nodeTooOld(found = process.versions.node, needed = OLDEST_NODE): string | undefined {
  const [major = 0, minor = 0] = found.split(".").map(Number);
  const [oldestMajor = 0, oldestMinor = 0] = needed.split(".").map(Number);
  if (major > oldestMajor || (major === oldestMajor && minor >= oldestMinor)) return undefined;
  return `pulumi-multipass needs Node.js ${needed} or newer, and this is Node.js ${found} (${process.execPath}).`;
}
