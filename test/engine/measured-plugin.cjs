/**
 * Loaded into the plugin while the tests are measured: Node.js writes its coverage when a process exits, and the engine ends plugins by
 * SIGTERM, whose default action lets it write nothing.
 */
const { readdirSync, readFileSync, writeFileSync } = require("node:fs");
const { join } = require("node:path");
const { stopCoverage, takeCoverage } = require("node:v8");

process.on("SIGTERM", function write() {
  // Where the provider listens as well, it ends the process by an exit of its own.
  if (process.listenerCount("SIGTERM") > 1) return;
  takeCoverage();
  stopCoverage();
  keepOwn(process.env.NODE_V8_COVERAGE);
  process.off("SIGTERM", write);
  process.kill(process.pid, "SIGTERM");
});

/** Nine tenths of five megabytes are the SDK's, and there are hundreds of plugins. */
function keepOwn(folder) {
  for (const name of readdirSync(folder)) {
    if (!name.startsWith(`coverage-${process.pid}-`)) continue;
    const path = join(folder, name);
    const coverage = JSON.parse(readFileSync(path, "utf8"));
    const isOwn = (url) => url.startsWith("file:") && !url.includes("/node_modules/");
    const maps = Object.entries(coverage["source-map-cache"] ?? {}).filter(([url]) => isOwn(url));
    writeFileSync(
      path,
      JSON.stringify({
        ...coverage,
        result: coverage.result.filter(({ url }) => isOwn(url)),
        "source-map-cache": Object.fromEntries(maps),
      }),
    );
  }
}
