import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { execa } from "execa";
import { deployers } from "../engine/index.ts";
import { NEEDS_PULUMI, needsPulumi } from "../support/needs-pulumi.ts";
import { doors, inLab, JUST_BOOTED, onStatus, succeeded } from "./lab.ts";

const RACE = `new multipass.Instance("dev", { name: "dev", retry: { initialDelay: "300ms", maxDelay: "1s" } });`;

for (const deployer of doors()) {
  describe(`the user's view on the ${deployer.name}`, () => {
    it("while waiting: the reason, the time of the next attempt and of the last, and then the progress", () =>
      inLab(
        deployer,
        RACE,
        {
          simulator: { version: "1.16.3", timeScale: 4, faults: JUST_BOOTED },
        },
        async ({ stack, sim }) => {
          const up = succeeded(
            await stack.up(
              onStatus(
                [/^waiting for the daemon · .* · try 2 failed/, () => sim.startDaemon()],
                [
                  /^waiting for image servers/,
                  () =>
                    sim.setFaults({
                      imageDownloadSeconds: 8,
                      guest: { bootSeconds: 6, cloudInitSeconds: 6 },
                    }),
                ],
              ),
            ),
          );
          const status = up.logs.filter(({ ephemeral }) => ephemeral).map(({ message }) => message);
          for (const line of [
            /^waiting for the daemon · next try [\d:]{8} · try 1 failed · gives up [\d:]{8}$/,
            /^waiting for image servers · gives up [\d:]{8}$/,
            /^downloading the image · \d0 %$/,
            /^booting$/,
            /^cloud-init is running$/,
          ]) {
            assert.ok(
              status.some((message) => line.test(message)),
              `${line}\n${status.join("\n")}`,
            );
          }
          assert.equal(
            new Set(status.map((line) => line.replace(/\d+/g, "")).filter((line) => /%/.test(line))).size,
            1,
          );
          assert.ok(
            up.logs.every(({ ephemeral, urn }) => !ephemeral || urn?.endsWith("::dev")),
            "a status is not in the row of its resource",
          );
        },
      ));

    it("after a failure: what failed, Multipass's own words, the remedy, and where to read more", () =>
      inLab(
        deployer,
        `new multipass.Instance("dev", { name: "dev", image: "nosuch" });`,
        {},
        async ({ stack }) => {
          const up = await stack.up();
          assert.equal(up.ok, false);
          assert.match(
            up.text,
            /Unable to launch instance "dev": Unable to find an image matching "nosuch" in remote ""\.\n.*`multipass find --show-unsupported` lists the available images\.\n.*More on this: \S*docs\/errors\/image-unknown\.md/,
          );
          assert.doesNotMatch(up.text, /\n\s+at .+:\d+:\d+/, "a stack trace is shown");
          assert.ok(existsSync(resolve(import.meta.dirname, "../../docs/errors/image-unknown.md")));
        },
      ));
  });
}

interface Diagnostic {
  urn?: string;
  message: string;
  severity: string;
  ephemeral?: boolean;
}

/** The environment of a `pulumi` that a test starts itself. */
const terminalEnv = (dir: string, env: Record<string, string>) => ({
  ...env,
  PULUMI_BACKEND_URL: `file://${join(dir, "state")}`,
  PULUMI_CONFIG_PASSPHRASE: "test",
  PULUMI_SKIP_UPDATE_CHECK: "true",
});

/** Lines of a create without trouble: some for the download, and one for each later step. */
const PHASES = 20;

describe("the output of pulumi up --json", () => {
  it(`is only JSON, without extra lines for any wait ${NEEDS_PULUMI}`, async function () {
    needsPulumi(this);
    const cli = deployers().at(-1) as ReturnType<typeof deployers>[number];
    await inLab(
      cli,
      RACE,
      { simulator: { version: "1.16.3", timeScale: 4, faults: { networkOutages: [{}] } } },
      async ({ dir, env, sim, stack }) => {
        await stack.preview();
        const run = execa("pulumi", ["up", "--yes", "--skip-preview", "--json", "--stack", "test"], {
          cwd: dir,
          env: terminalEnv(dir, env),
        });
        for await (const line of run) if (/waiting for image servers/.test(line)) await sim.setFaults({});
        const { stdout } = await run;
        const lines = stdout.trimEnd().split("\n");
        const events: { sequence?: number; diagnosticEvent?: Diagnostic }[] = lines.map((line) =>
          JSON.parse(line),
        );
        assert.equal(new Set(events.map(({ sequence }) => sequence)).size, lines.length);
        const ours = events.flatMap(({ diagnosticEvent: event }) =>
          event?.urn?.endsWith("::dev") && event.severity !== "debug" ? [event] : [],
        );
        const lasting = ours.filter(({ ephemeral }) => !ephemeral).map(({ message }) => message);
        // A wait is nothing to keep. The decision to launch by URL is.
        assert.match(lasting.join(""), /^no image list in the daemon yet: launching by URL from \S+\n$/);
        // One line for each phase; none appears twice.
        const status = ours.map(({ message }) => message.trim());
        assert.equal(new Set(status).size, status.length, status.join("\n"));
        assert.ok(status.length <= PHASES, status.join("\n"));
      },
    );
  });
});

const THREE = `for (const name of ["web", "worker", "database"])
  new multipass.Instance(name, { name, retry: { initialDelay: "300ms", maxDelay: "1s" } });`;

describe("the text of pulumi up for three instances in a boot race", () => {
  it(`names who waits for whom, the direct image once, and where each instance is ready ${NEEDS_PULUMI}`, async function () {
    needsPulumi(this);
    const cli = deployers().at(-1) as ReturnType<typeof deployers>[number];
    const simulator = { version: "1.16.3", timeScale: 4, faults: { networkOutages: [{}] } };
    await inLab(cli, THREE, { simulator }, async ({ dir, env, sim, stack }) => {
      await stack.preview();
      const run = execa("pulumi", ["up", "--yes", "--skip-preview", "--non-interactive", "--stack", "test"], {
        cwd: dir,
        env: terminalEnv(dir, env),
      });
      let queued = 0;
      for await (const line of run) {
        if (/Instance (?:web|worker|database) .*queued behind/.test(line) && ++queued === 2)
          await sim.setFaults({});
      }
      const { stdout } = await run;
      const [rows = "", diagnostics = ""] = stdout.split("\nDiagnostics:\n");
      assert.match(rows, /waiting for image servers · gives up [\d:]{8}/);
      assert.match(rows, /queued behind "(?:web|worker|database)" until the host is ready/);
      for (const name of ["web", "worker", "database"])
        assert.match(rows, new RegExp(`Instance ${name} created .*ready at 10\\.[\\d.]+ after \\d+s`));
      // Messages that stay are repeated below the rows: one for the run, not one for each instance.
      assert.equal(diagnostics.match(/launching by URL from \S+\n/g)?.length, 1, stdout);
      assert.doesNotMatch(diagnostics, /queued behind|waiting for|ready at/);
    });
  });
});
