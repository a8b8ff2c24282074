/**
 * Loaded into the plugin while the tests are measured: Node.js writes its coverage when a process exits, and the engine ends plugins by
 * SIGTERM, whose default action lets it write nothing.
 */
process.on("SIGTERM", () => {
  // Where the provider listens as well, it ends the process by an exit of its own.
  if (process.listenerCount("SIGTERM") > 1) return;
  // The code by which a shell tells of this signal. `v8.takeCoverage()` before the signal is raised anew was tried: now and then what it
  // wrote lacked the program itself.
  process.exit(143);
});
