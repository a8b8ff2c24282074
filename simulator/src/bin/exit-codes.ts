/** Our own exit codes must not look like those of the command that we run; `env` and `timeout` use the same. */
export const EXIT = { usage: 2, failed: 125, notExecutable: 126, notFound: 127 } as const;
