/**
 * Loaded into the plugin while the tests are measured: Node.js writes its coverage when a process exits, and the engine ends plugins by
 * SIGTERM, whose default action lets it write nothing.
 */
const { takeCoverage } = require("node:v8");

process.on("SIGTERM", function write() {
  // Where the provider listens as well, it ends the process by an exit of its own.
  if (process.listenerCount("SIGTERM") > 1) return;
  takeCoverage();
  process.off("SIGTERM", write);
  process.kill(process.pid, "SIGTERM");
});
