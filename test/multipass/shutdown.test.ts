import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { execa } from "execa";

const shutdown = fileURLToPath(new URL("../../provider/shutdown.ts", import.meta.url));

/** Runs a program that has the module, and sends it signals as soon as it says that it is ready. */
async function run(program: string, ...signals: NodeJS.Signals[]) {
  const child = execa(
    process.execPath,
    ["--input-type=module", "-e", `import { shutdownSignal } from ${JSON.stringify(shutdown)}; ${program}`],
    { reject: false },
  );
  child.stdout.once("data", () => {
    for (const signal of signals) child.kill(signal);
  });
  return child;
}

const KEEP = `const keep = setInterval(() => {}, 1000);`;

describe("a process that is told to end", () => {
  before(function () {
    // Windows has no signals, and ends a process without asking it.
    if (process.platform === "win32") this.skip();
  });

  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    it(`by ${signal} lets its operations end, and then does`, async () => {
      const { stdout, exitCode } = await run(
        `${KEEP}
        const one = shutdownSignal(), two = shutdownSignal();
        one.signal.addEventListener("abort", async () => {
          console.log("told");
          one.release();
          await new Promise((done) => setTimeout(done, 700));
          console.log("recorded");
          two.release();
        });
        console.log("ready");`,
        signal,
      );
      assert.equal(stdout, "ready\ntold\nrecorded");
      assert.equal(exitCode, 130);
    });
  }

  it("ends as any process while no operation is under way", async () => {
    const { signal } = await run(`${KEEP} shutdownSignal().release(); console.log("ready");`, "SIGTERM");
    assert.equal(signal, "SIGTERM");
  });

  it("goes on by itself when nobody tells it to end", async () => {
    const { stdout, exitCode } = await run(
      `shutdownSignal().release(); setTimeout(() => console.log("end"), 700); console.log("ready");`,
    );
    assert.equal(stdout, "ready\nend");
    assert.equal(exitCode, 0);
  });
});
