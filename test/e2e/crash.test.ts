import assert from "node:assert/strict";
import type { World } from "../../simulator/src/index.ts";
import type { RunOptions } from "../engine/index.ts";
import { until } from "../support/until.ts";
import { inLab, onStatus, places, signalTo, succeeded } from "./lab.ts";

const PROGRAM = `export const ip = new multipass.Instance("dev", { name: "dev", image: "24.04" }).ipAddress;`;

/** Printed once, but not by the run that follows its advice. */
const WARNING = /the daemon was interrupted while it prepared an earlier instance "dev"/;

/** Sends the plugin a signal when a status reports that something is under way. */
function signalAt(status: RegExp, signal: NodeJS.Signals): RunOptions {
  let plugin = 0;
  return {
    onPlugin: (pid) => {
      plugin = pid;
    },
    ...onStatus([status, async () => signalTo(plugin, signal)]),
  };
}

const signalInLaunch = (signal: NodeJS.Signals) => signalAt(/^downloading the image/, signal);

/** Other resources with an automatic name, and how to see them. */
const MADE = [
  {
    command: "snapshot",
    resource: `new multipass.Snapshot("made", { instance: vm })`,
    made: ({ instances }: World) => Object.keys(instances["dev"]?.snapshots ?? {}),
  },
  {
    command: "clone",
    resource: `new multipass.Clone("made", { source: vm })`,
    made: ({ instances }: World) => Object.keys(instances).filter((name) => name !== "dev"),
  },
];

for (const deployer of places()) {
  describe(`a create that is cut off, on the ${deployer.name}`, () => {
    it("by kill -9 of the plugin during the launch is resumed by the next up: one instance, in the state", () =>
      inLab(
        deployer,
        PROGRAM,
        { simulator: { faults: { imageDownloadSeconds: 2, guest: { bootSeconds: 3 } } } },
        async ({ stack, sim, resource, counts }) => {
          const killed = await stack.up(signalInLaunch("SIGKILL"));
          assert.equal(killed.ok, false);
          assert.equal((await counts())["launch"], 1, "it was killed before its launch");
          const up = succeeded(await stack.up());
          assert.match(String(up.outputs["ip"]), /^\d+\./);
          assert.equal((await resource("dev")).id, "dev");
          assert.deepEqual(Object.keys((await sim.world()).instances), ["dev"]);
          assert.equal((await counts())["launch"], 1);
          assert.ok((await stack.destroy()).ok);
          assert.deepEqual(Object.keys((await sim.world()).instances), []);
        },
      ));

    it("by kill -9 of the plugin during the copy leaves no clone behind under an automatic name that Pulumi has forgotten [long]", () =>
      inLab(
        deployer,
        `const golden = new multipass.Instance("golden", { name: "golden", powerState: "stopped" });
export const name = new multipass.Clone("web", { source: golden }).name;`,
        { simulator: { faults: { commands: [{ command: "clone", delay: 2, blocking: true }] } } },
        async ({ stack, sim, counts }) => {
          let plugin = 0;
          const killed = await stack.up({
            onPlugin: (pid) => {
              plugin = pid;
            },
            ...onStatus([
              /^copying "golden"/,
              async () => {
                await until(async () => (await counts())["clone"] === 1);
                signalTo(plugin, "SIGKILL");
              },
            ]),
          });
          assert.equal(killed.ok, false);
          // The daemon continues the copy.
          await until(async () => Object.keys((await sim.world()).instances).length === 2);
          const up = succeeded(await stack.up());
          assert.deepEqual(Object.keys((await sim.world()).instances).sort(), ["golden", up.outputs["name"]]);
          assert.equal((await counts())["clone"], 1);
          assert.ok((await stack.destroy()).ok);
          assert.deepEqual(Object.keys((await sim.world()).instances), []);
        },
      ));

    it("by kill -9 of the plugin is resumed under the automatic name that Pulumi has forgotten [long]", () =>
      inLab(
        deployer,
        `export const name = new multipass.Instance("dev", {}).name;`,
        { simulator: { faults: { imageDownloadSeconds: 2, guest: { bootSeconds: 3 } } } },
        async ({ stack, sim, resource, counts }) => {
          assert.equal((await stack.up(signalInLaunch("SIGKILL"))).ok, false);
          assert.equal((await counts())["launch"], 1, "it was killed before its launch");
          const up = succeeded(await stack.up());
          assert.deepEqual(Object.keys((await sim.world()).instances), [up.outputs["name"]]);
          assert.equal((await counts())["launch"], 1);
          // The first run that shows the instance to the provider proves that Pulumi has it.
          assert.ok((await stack.refresh()).ok);
          const replaced = succeeded(await stack.up({ replace: [(await resource("dev")).urn] }));
          assert.notEqual(replaced.outputs["name"], up.outputs["name"]);
          assert.deepEqual(Object.keys((await sim.world()).instances), [replaced.outputs["name"]]);
        },
      ));

    for (const { command, made, resource } of MADE) {
      it(`by kill -9 of the plugin makes one ${command}, under the automatic name that Pulumi has forgotten [long]`, () =>
        inLab(
          deployer,
          `const vm = new multipass.Instance("dev", { name: "dev", powerState: "stopped" });
export const name = ${resource}.name;`,
          { simulator: { faults: { commands: [{ command, delay: 2, blocking: true }] } } },
          async ({ stack, sim }) => {
            let plugin = 0;
            const onPlugin = (pid: number) => {
              plugin = pid;
            };
            const killed = stack.up({ onPlugin });
            await until(async () => (await sim.calls()).some(({ argv }) => argv[0] === command));
            signalTo(plugin, "SIGKILL");
            assert.equal((await killed).ok, false);
            await until(async () => made(await sim.world()).length > 0);
            const up = succeeded(await stack.up());
            assert.deepEqual(made(await sim.world()), [up.outputs["name"]]);
          },
        ));
    }

    it("by SIGTERM to the plugin is recorded as unfinished; the download continues, and the next up finishes it [long]", () =>
      inLab(
        deployer,
        PROGRAM,
        { simulator: { faults: { imageDownloadSeconds: 4 } } },
        async ({ stack, sim, resource, counts }) => {
          const ended = await stack.up(signalInLaunch("SIGTERM"));
          assert.equal(ended.ok, false, ended.text);
          const { id, initErrors } = await resource("dev");
          assert.equal(id, "dev");
          assert.match(initErrors.join(), /continues by itself|ancelled/);
          succeeded(await stack.up());
          assert.deepEqual((await resource("dev")).initErrors, []);
          assert.equal((await counts())["launch"], 1);
          assert.deepEqual(Object.keys((await sim.world()).instances), ["dev"]);
        },
      ));

    it("by a failing cloud-init keeps the instance, names the failure, and keeps waiting at the next up [long]", () =>
      inLab(
        deployer,
        PROGRAM,
        {
          simulator: {
            faults: {
              guest: {
                cloudInit: "error",
                cloudInitErrors: ["('package-update', ProcessExecutionError('apt failed'))"],
              },
            },
          },
        },
        async ({ stack, sim, resource, counts, write }) => {
          const up = await stack.up();
          assert.equal(up.ok, false);
          assert.match(up.text, /cloud-init failed[\s\S]*apt failed[\s\S]*readiness/);
          assert.equal((await resource("dev")).id, "dev");
          assert.equal((await resource("dev")).outputs["ready"], false);
          assert.deepEqual(Object.keys((await sim.world()).instances), ["dev"]);
          write(
            `export const ip = new multipass.Instance("dev", { name: "dev", image: "24.04", readiness: { cloudInit: "finished" } }).ipAddress;`,
          );
          const accepted = succeeded(await stack.up());
          assert.match(accepted.text, /warning: .*apt failed/);
          assert.equal((await counts())["launch"], 1);
        },
      ));

    it("by kill -9 of the plugin during a snapshot keeps that snapshot in the state and the instance running [long]", () =>
      inLab(deployer, PROGRAM, {}, async ({ stack, sim, resource, counts, write }) => {
        succeeded(await stack.up());
        await sim.setFaults({ commands: [{ command: "start", delay: 1 }] });
        write(
          `${PROGRAM}\nnew multipass.Snapshot("first", { instance: "dev", name: "first", comment: "as made" });`,
        );
        assert.equal((await stack.up(signalAt(/^starting/, "SIGKILL"))).ok, false);
        const up = succeeded(await stack.up());
        assert.match(up.text, /keeping snapshot "dev\.first"/);
        assert.equal((await resource("first")).id, "dev.first");
        assert.equal((await counts())["snapshot"], 1);
        const { dev } = (await sim.world()).instances;
        assert.deepEqual([dev?.state, Object.keys(dev?.snapshots ?? {})], ["Running", ["first"]]);
      }));

    for (const [phase, what] of [
      ["H", "the machine died while booting"],
      ["I", "the machine did not answer in time"],
      ["J", "cloud-init took longer than the daemon waits"],
    ] as const) {
      // test/chaos/phases.test.ts covers all phases without Pulumi.
      it(`by a launch that fails in phase ${phase} (${what}) becomes ready with the same instance${phase === "H" ? "" : " [long]"}`, () =>
        inLab(
          deployer,
          PROGRAM,
          { simulator: { faults: { launches: [{ match: { nth: 1 }, phase }] } } },
          async ({ stack, sim, counts }) => {
            succeeded(await stack.up());
            assert.equal((await counts())["launch"], 1);
            const { instances } = await sim.world();
            assert.deepEqual(Object.keys(instances), ["dev"]);
            assert.equal(Object.values(instances)[0]?.state, "Running");
          },
        ));
    }

    it("by the daemon's death while it prepares the image is remembered: a different image under that name causes a warning [long]", () =>
      inLab(
        deployer,
        PROGRAM.replace(`"24.04"`, `"24.04", timeouts: { create: "4s" }`),
        {
          simulator: {
            version: "1.16.3",
            faults: {
              launches: [{ phase: "N" }],
              imagePrepareSeconds: 1,
              daemonCrash: [{ duringLaunch: { phase: "F" }, downFor: "9h" }],
            },
          },
        },
        async ({ stack, sim, write }) => {
          assert.equal((await stack.up()).ok, false);
          await sim.setFaults({});
          await sim.startDaemon();
          write(PROGRAM.replace("24.04", "22.04"));
          const up = succeeded(await stack.up());
          assert.match(up.text, WARNING);
          const forced = succeeded(
            await stack.up({
              replace: [(await stack.state()).resources.find(({ id }) => id === "dev")?.urn ?? ""],
            }),
          );
          assert.doesNotMatch(forced.text, WARNING);
        },
      ));

    it("by the daemon's death becomes ready [long]", () =>
      inLab(
        deployer,
        PROGRAM.replace(`"24.04"`, `"24.04", retry: { initialDelay: "300ms" }`),
        { simulator: { timeScale: 5, faults: { launches: [{ match: { nth: 1 }, phase: "N" }] } } },
        async ({ stack, sim }) => {
          succeeded(await stack.up());
          assert.deepEqual(Object.keys((await sim.world()).instances), ["dev"]);
        },
      ));
  });
}
