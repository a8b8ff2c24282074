import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { startImageServer } from "../../simulator/src/index.ts";
import { doors, inLab, type Lab, type LabOptions, succeeded } from "./lab.ts";

const program = (rest: string) =>
  `export const url = new multipass.Instance("dev", { name: "dev", image: "24.04", retry: { initialDelay: "300ms", maxDelay: "1s" }, ${rest} }).resolvedImage.apply((image) => image?.url);`;

/** The daemon never has a network, but this host does. */
const OFFLINE_DAEMON = { version: "1.16.3", faults: { networkAt: "9h" } };

for (const deployer of doors()) {
  const withServer = async (
    rest: string,
    simulator: LabOptions["simulator"],
    use: (lab: Lab) => Promise<void>,
  ) => {
    const server = await startImageServer();
    try {
      const env = { PULUMI_MULTIPASS_IMAGE_SERVER: server.url };
      await inLab(deployer, program(rest), { simulator, env }, use);
    } finally {
      await server.close();
    }
  };

  describe(`remedies on the ${deployer.name}`, () => {
    it("download the image for an offline daemon, verify it, and launch the file", () =>
      withServer(
        `remedies: { localImage: true, imageFolder: process.env.IMAGE_FOLDER }`,
        OFFLINE_DAEMON,
        async ({ stack, sim, dir }) => {
          const folder = join(dir, "images");
          const up = succeeded(await stack.up({ env: { IMAGE_FOLDER: folder } }));
          assert.match(up.text, /cannot reach the image servers: downloading 24\.04/);
          const launched = (await sim.calls()).findLast(({ argv }) => argv[0] === "launch");
          assert.match(launched?.argv.at(-1) ?? "", /^file:\/\/.*\.img$/);
          const [file] = readdirSync(folder);
          assert.ok(file && existsSync(join(folder, file)));
        },
      ));

    it("restart the daemon once with the user's command, and only while no instance runs [long]", () =>
      withServer(
        `remedies: { directImage: false, restartDaemon: "ifIdle", restartCommand: [process.execPath, "restart.mjs"] }`,
        { version: "1.16.3", faults: {} },
        async ({ stack, sim, dir, write }) => {
          writeFileSync(
            join(dir, "restart.mjs"),
            `import { appendFileSync } from "node:fs"; appendFileSync("restarts", "x");`,
          );
          await execa(sim.bin, ["launch", "--name", "busy"]);
          await sim.setFaults({
            networkAt: "9h",
            commands: [{ command: "launch", text: 'Remote "" is unknown or unreachable.', times: 1000 }],
          });
          write(
            program(
              `remedies: { directImage: false, restartDaemon: "ifIdle", restartCommand: [process.execPath, "restart.mjs"] }, timeouts: { create: "4s" }`,
            ),
          );
          const up = await stack.up();
          assert.equal(up.ok, false);
          assert.match(up.text, /the daemon was not restarted, since that would suspend busy/);
          assert.ok(!existsSync(join(dir, "restarts")));
          await execa(sim.bin, ["stop", "busy"]);
          const idle = await stack.up();
          assert.match(idle.text, /restarting the Multipass daemon/);
          assert.equal(readFileSync(join(dir, "restarts"), "utf8"), "x");
        },
      ));

    it("end with a diagnosis: which checks hold, which fail, what was tried, and what to do [long]", () =>
      inLab(
        deployer,
        program(`timeouts: { create: "4s" }`),
        { simulator: OFFLINE_DAEMON },
        async ({ stack, resource }) => {
          const up = await stack.up();
          assert.equal(up.ok, false);
          assert.match(up.text, /Unable to launch instance "dev"/);
          // No launch was wasted, which could have ended the daemon.
          assert.match(
            up.text,
            /this computer cannot read the image servers \(.+\), so the daemon has no image list/,
          );
          assert.match(up.text, /OK: the client works \(Multipass 1\.16\.3\); the daemon answers/);
          assert.match(
            up.text,
            /Failing: this host can read the image servers \(.+\); the daemon has an image list/,
          );
          assert.match(up.text, /Tried besides waiting: nothing/);
          assert.match(up.text, /name resolution and proxy/);
          assert.equal((await resource("dev")).outputs["ready"], false);
        },
      ));

    it("end with the known facts about a daemon that does not start: port 53 [long]", () =>
      inLab(
        deployer,
        program(`timeouts: { create: "3s" }`),
        { simulator: { faults: { socketAt: "9h" } } },
        async ({ stack, sim }) => {
          const up = await stack.up();
          assert.equal(up.ok, false);
          assert.match(up.text, /cannot connect to the multipass socket[\s\S]*Failing: the daemon answers/);
          // Checked where possible; elsewhere the diagnosis gives advice.
          assert.match(
            up.text,
            process.platform === "linux" ? /port 53 is free for Multipass/ : /dnsmasq[\s\S]*sport = :53/,
          );
          assert.equal((await sim.calls()).filter(({ argv }) => argv[0] === "launch").length, 0);
        },
      ));
  });
}
