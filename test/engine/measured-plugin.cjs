/**
 * Loaded into the plugin while the tests are measured: Node.js writes its coverage when a process exits, and the engine ends plugins by
 * SIGTERM, whose default action lets it write nothing.
 */
process.on("SIGTERM", () => {
  // Where the provider listens as well, it ends the process by an exit of its own.
  if (process.listenerCount("SIGTERM") > 1) return;
  // The code by which a shell tells of this signal. An exit writes the coverage once. `v8.takeCoverage()` and the signal raised anew write it
  // twice, the second time in Node.js' hooks at the end and with counters that begin anew; in one and the same millisecond both have one file name,
  // and the second is all that is left.
  process.exit(143);
});
