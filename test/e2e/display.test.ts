import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { execa } from "execa";
import { deployers, findCli } from "../engine/index.ts";
import { inLab, JUST_BOOTED, onStatus } from "./lab.ts";

const RACE = `new multipass.Instance("dev", { name: "dev", retry: { initialDelay: "300ms", maxDelay: "1s" } });`;

for (const deployer of deployers()) {
  describe(`what the user sees on the ${deployer.name}`, () => {
    it("while it waits: what for, the try, when the next is, how much time is left; then how far it is", () =>
      inLab(
        deployer,
        RACE,
        {
          simulator: { version: "1.16.3", timeScale: 4, faults: JUST_BOOTED },
        },
        async ({ stack, sim }) => {
          const up = await stack.up(
            onStatus(
              [/^waiting for the Multipass daemon · try 2/, () => sim.startDaemon()],
              [
                /^waiting for image servers/,
                () =>
                  sim.setFaults({ imageDownloadSeconds: 8, guest: { bootSeconds: 6, cloudInitSeconds: 6 } }),
              ],
            ),
          );
          assert.ok(up.ok, up.text);
          const status = up.logs.filter(({ ephemeral }) => ephemeral).map(({ message }) => message);
          for (const line of [
            /^waiting for the Multipass daemon · try 1 failed · next in .+ · .+ left$/,
            /^waiting for image servers · try \d+ failed · next in .+ · .+ left$/,
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

    it("when it fails: what failed, Multipass's own words, what to do, and where more is said", () =>
      inLab(
        deployer,
        `new multipass.Instance("dev", { name: "dev", image: "nosuch" });`,
        {},
        async ({ stack }) => {
          const up = await stack.up();
          assert.equal(up.ok, false);
          assert.match(
            up.text,
            /Unable to launch instance "dev": Unable to find an image matching "nosuch" in remote ""\.\n.*`multipass find --show-unsupported` lists the images there are\.\n.*More on this: node_modules\/pulumi-multipass\/docs\/errors\/image-unknown\.md/,
          );
          assert.doesNotMatch(up.text, /\n\s+at .+:\d+:\d+/, "a stack trace is shown");
          assert.ok(existsSync(resolve(import.meta.dirname, "../../docs/errors/image-unknown.md")));
        },
      ));

    it("never a secret, whatever fails", () =>
      inLab(
        deployer,
        `import * as pulumi from "@pulumi/pulumi";
         new multipass.Instance("dev", { name: "dev", cpus: 1, cloudInit: pulumi.secret("#cloud-config\\npassword: hunter2\\n") });`,
        {},
        async ({ stack, sim }) => {
          const texts: string[] = [];
          for (const faults of [
            { launches: [{ phase: "F" as const }] },
            { launches: [{ phase: "C" as const, text: "Could not load cloud-init configuration: bad" }] },
            { truncatedJson: 3 },
            { guest: { cloudInit: "error" as const, cloudInitErrors: ["Failed to set the password"] } },
          ]) {
            await sim.setFaults(faults);
            texts.push((await stack.up()).text);
          }
          assert.doesNotMatch(texts.join("\n"), /hunter2/);
        },
      ));
  });
}

describe("the output of pulumi up --json", () => {
  it("is JSON and nothing else, with no line more for all that waiting", async function () {
    if (findCli() === "") return this.skip();
    const cli = deployers().at(-1) as ReturnType<typeof deployers>[number];
    await inLab(
      cli,
      RACE,
      { simulator: { version: "1.16.3", timeScale: 4, faults: { networkAt: "8s" } } },
      async ({ dir, env, stack }) => {
        await stack.preview();
        const { stdout } = await execa(
          "pulumi",
          ["up", "--yes", "--skip-preview", "--json", "--stack", "test"],
          {
            cwd: dir,
            env: {
              ...env,
              PULUMI_BACKEND_URL: `file://${join(dir, "state")}`,
              PULUMI_CONFIG_PASSPHRASE: "test",
              PULUMI_SKIP_UPDATE_CHECK: "true",
            },
          },
        );
        const events = stdout
          .split("\n")
          .filter(Boolean)
          .map((line) => JSON.parse(line));
        assert.ok(events.length > 0);
      },
    );
  });
});
