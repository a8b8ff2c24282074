/** The versions of Multipass in test matrices, newest first. */
export const VERSIONS = ["1.17.0", "1.16.3", "1.14.1"] as const;

/**
 * A version for a title. `npm test` only runs a matrix on the newest one, `npm run test:long` on the others.
 */
export const labelOf = (version: (typeof VERSIONS)[number]): string =>
  version === VERSIONS[0] ? version : `${version} [long]`;
