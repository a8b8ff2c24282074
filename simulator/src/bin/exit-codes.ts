/**
 * Our own exit codes, which must not collide with the command's. `env` and `timeout` use these numbers too.
 */
export const EXIT = { usage: 2, failed: 125, notExecutable: 126, notFound: 127 } as const;
