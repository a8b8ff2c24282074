/**
 * Our own exit codes must not collide with those of the command we run; `env` and `timeout` use these numbers
 * too.
 */
export const EXIT = { usage: 2, failed: 125, notExecutable: 126, notFound: 127 } as const;
