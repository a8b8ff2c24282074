/** The oldest release of Node.js that this package runs on, as in `engines` of package.json. */
const OLDEST = { major: 22, minor: 12 };

/** What to tell a user whose Node.js is too old; undefined where it is not. */
export function nodeTooOld(found = process.versions.node): string | undefined {
  const { major, minor } = OLDEST;
  const [foundMajor = 0, foundMinor = 0] = found.split(".").map(Number);
  const isEnough = foundMajor === major ? foundMinor >= minor : foundMajor > major;
  if (isEnough) return undefined;
  return `multipass-simulator needs Node.js ${major}.${minor} or newer, and this is Node.js ${found} (${process.execPath}).`;
}
