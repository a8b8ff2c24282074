/** The oldest Node.js release that this package supports, as in `engines` of package.json. */
const OLDEST = { major: 22, minor: 12 };

/** The message for a user whose Node.js is too old; undefined if it is recent enough. */
export function nodeTooOld(found = process.versions.node): string | undefined {
  const { major, minor } = OLDEST;
  const [foundMajor = 0, foundMinor = 0] = found.split(".").map(Number);
  const isEnough = foundMajor === major ? foundMinor >= minor : foundMajor > major;
  if (isEnough) return undefined;
  return `multipass-simulator needs Node.js ${major}.${minor} or newer, and this is Node.js ${found} (${process.execPath}).`;
}
