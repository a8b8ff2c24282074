import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { execa } from "execa";
import { deployers } from "../engine/index.ts";
import { inLab, type Lab, up } from "./lab.ts";

const vm = (args: string, opts = "{}") =>
  `export const vm = new multipass.Instance("dev", { name: "dev", image: "24.04", ${args} }, ${opts});`;

async function machine(lab: Lab, name = "dev") {
  const found = (await lab.sim.world()).instances[name];
  assert.ok(found, `there is no machine ${name}`);
  return found;
}

/** What was done to the machine since the last question, without questions. */
function changes() {
  let seen = 0;
  return async ({ sim }: Lab) => {
    const calls = (await sim.calls()).slice(seen);
    seen += calls.length;
    const questions = ["version", "list", "info", "get", "exec", "find", "wait-ready"];
    return calls.filter(({ argv }) => !questions.includes(argv[0] ?? "")).map(({ argv }) => argv.join(" "));
  };
}

for (const deployer of deployers()) {
  describe(`the life of an instance on the ${deployer.name}`, () => {
    it("changes size in place: stop, set, start, and says so before", () =>
      inLab(deployer, vm(`cpus: 1, memory: "1G", disk: "5G"`), {}, async (lab) => {
        const done = changes();
        await up(lab);
        await done(lab);
        lab.write(vm(`cpus: 2, memory: "2G", disk: "8G"`));
        const preview = await lab.stack.preview();
        assert.match(preview.text, /changing cpus, memory, disk restarts instance "dev"/);
        assert.deepEqual(await done(lab), []);
        await up(lab);
        assert.deepEqual(await done(lab), [
          "stop dev",
          "set local.dev.cpus=2",
          "set local.dev.memory=2G",
          "set local.dev.disk=8G",
          (await lab.sim.calls()).findLast(({ argv }) => argv[0] === "start")?.argv.join(" "),
        ]);
        assert.equal((await machine(lab)).state, "Running");
        assert.equal((await lab.resource("dev")).outputs["memory"], "2G");
      }));

    it("puts the power state back, and changes it alone", () =>
      inLab(deployer, vm(`cpus: 1, powerState: "stopped"`), {}, async (lab) => {
        const done = changes();
        await up(lab);
        assert.equal((await machine(lab)).state, "Stopped");
        await done(lab);
        await up(lab, vm(`cpus: 2, powerState: "stopped"`));
        assert.deepEqual(await done(lab), ["set local.dev.cpus=2"]);
        await up(lab, vm(`cpus: 2, powerState: "suspended"`));
        assert.equal((await machine(lab)).state, "Suspended");
        await up(lab, vm(`cpus: 2`));
        assert.equal((await machine(lab)).state, "Running");
        assert.equal((await lab.resource("dev")).id, "dev");
      }));

    it("finishes, at the next up, a change that failed between two steps", () =>
      inLab(deployer, vm(`cpus: 1, memory: "1G"`), {}, async (lab) => {
        await up(lab);
        await lab.sim.setFaults({
          commands: [{ command: "set", match: "memory", text: "the moon is in the wrong phase", times: 1 }],
        });
        lab.write(vm(`cpus: 2, memory: "2G"`));
        const failed = await lab.stack.up();
        assert.equal(failed.ok, false);
        assert.match(failed.text, /the moon is in the wrong phase/);
        assert.equal((await lab.resource("dev")).outputs["ready"], false);
        await up(lab);
        const { state, cpus } = (await machine(lab)) as unknown as { state: string; cpus: number };
        assert.deepEqual({ state, cpus }, { state: "Running", cpus: 2 });
        assert.equal((await up(lab)).summary.update ?? 0, 0);
      }));

    it("leaves nothing stopped when the failed change is taken back", () =>
      inLab(deployer, vm(`cpus: 1`), {}, async (lab) => {
        await up(lab);
        await lab.sim.setFaults({ commands: [{ command: "set", text: "no", times: 1 }] });
        lab.write(vm(`cpus: 2`));
        assert.equal((await lab.stack.up()).ok, false);
        assert.equal((await machine(lab)).state, "Running");
        await up(lab, vm(`cpus: 1`));
        assert.equal((await machine(lab)).state, "Running");
      }));

    it("refuses a restart that is not allowed, a disk that shrinks, and bad arguments, in the preview", () =>
      inLab(deployer, vm(`cpus: 1, disk: "8G"`), {}, async (lab) => {
        await up(lab);
        const calls = (await lab.sim.calls()).length;
        for (const [args, message] of [
          [`cpus: 2, disk: "8G", allowRestart: false`, /allowRestart/],
          [`cpus: 1, disk: "5G"`, /cannot shrink from 8G to 5G/],
          [`cpus: 1, disk: "8G", memory: "lots"`, /memory[\s\S]*"2G"/],
        ] as const) {
          lab.write(vm(args));
          const preview = await lab.stack.preview();
          assert.equal(preview.ok, false);
          assert.match(preview.text, message);
        }
        assert.equal((await lab.sim.calls()).length, calls);
      }));

    it("is replaced, old one first, where the name is fixed", () =>
      inLab(deployer, vm(""), {}, async (lab) => {
        const done = changes();
        await up(lab);
        await done(lab);
        await up(lab, vm("").replace("24.04", "22.04"));
        assert.deepEqual(
          (await done(lab)).map((call) => call.split(" ")[0]),
          ["delete", "launch"],
        );
        const forced = await lab.stack.up({ replace: [(await lab.resource("dev")).urn] });
        assert.ok(forced.ok, forced.text);
        assert.deepEqual(
          (await done(lab)).map((call) => call.split(" ")[0]),
          ["delete", "launch"],
        );
        assert.deepEqual(Object.keys((await lab.sim.world()).instances), ["dev"]);
      }));

    it("is replaced, new one first, where the name is automatic", () =>
      inLab(
        deployer,
        `export const name = new multipass.Instance("dev", { image: "24.04" }).name;`,
        {},
        async (lab) => {
          const done = changes();
          const first = (await up(lab)).outputs["name"];
          assert.match(String(first), /^dev-[0-9a-f]{7}$/);
          assert.equal((await up(lab)).outputs["name"], first);
          await done(lab);
          const second = (
            await up(lab, `export const name = new multipass.Instance("dev", { image: "22.04" }).name;`)
          ).outputs["name"];
          assert.notEqual(second, first);
          assert.deepEqual(
            (await done(lab)).map((call) => call.split(" ")[0]),
            ["launch", "delete"],
          );
          assert.deepEqual(Object.keys((await lab.sim.world()).instances), [second]);
        },
      ));

    it("is never lost by a replacement of the same name that is made first", () =>
      inLab(deployer, vm(""), {}, async (lab) => {
        await up(lab);
        lab.write(vm("", "{ deleteBeforeReplace: false }").replace("24.04", "22.04"));
        const refused = await lab.stack.up();
        // An engine may heed the provider's own word and delete the old one first all the same.
        if (!refused.ok) assert.match(refused.text, /its replacement has the same name/);
        assert.deepEqual(Object.keys((await lab.sim.world()).instances), ["dev"]);
        lab.write(vm("", "{ deleteBeforeReplace: false }"));
        const forced = await lab.stack.up({ replace: [(await lab.resource("dev")).urn] });
        assert.match(forced.text, /instance "dev" is kept: its replacement has the same name|exists already/);
        assert.deepEqual(Object.keys((await lab.sim.world()).instances), ["dev"]);
      }));

    it("is repaired after drift: power, size, mounts, deletion", () =>
      inLab(
        deployer,
        vm(`cpus: 2, memory: "1G", mounts: [{ source: ".", target: "code" }]`),
        {},
        async (lab) => {
          await up(lab);
          const { bin } = lab.sim;
          await execa(bin, ["stop", "dev"]);
          await execa(bin, ["set", "local.dev.cpus=4"]);
          await execa(bin, ["start", "dev"]);
          await execa(bin, ["umount", "dev"]);
          const refreshed = await lab.stack.refresh();
          assert.ok(refreshed.ok, refreshed.text);
          const { outputs } = await lab.resource("dev");
          assert.equal(outputs["cpus"], 4);
          assert.deepEqual(outputs["mounts"], []);
          await up(lab);
          assert.equal((await execa(bin, ["get", "local.dev.cpus"])).stdout, "2");
          assert.match((await execa(bin, ["info", "dev"])).stdout, /code/);

          await execa(bin, ["delete", "dev"]);
          assert.ok((await lab.stack.refresh()).ok);
          assert.equal((await lab.resource("dev")).outputs["state"], "Deleted");
          await up(lab);
          assert.equal((await machine(lab)).state, "Running");

          await execa(bin, ["delete", "--purge", "dev"]);
          assert.ok((await lab.stack.refresh()).ok);
          assert.deepEqual(
            (await lab.stack.state()).resources.filter(({ custom }) => custom),
            [],
          );
          await up(lab);
          assert.equal((await machine(lab)).state, "Running");
        },
      ));

    it("is not touched by a refresh that finds nothing, and costs three calls for many", () =>
      inLab(
        deployer,
        `for (let i = 0; i < 5; i++) new multipass.Instance("vm" + i, { name: "vm" + i, cpus: 1, memory: "1G", disk: "5G" });`,
        {},
        async (lab) => {
          await up(lab);
          const before = (await lab.sim.calls()).length;
          const refreshed = await lab.stack.refresh();
          assert.ok(refreshed.ok, refreshed.text);
          const calls = (await lab.sim.calls()).slice(before).map(({ argv }) => argv.join(" "));
          assert.ok(calls.length <= 4, calls.join("\n"));
          assert.equal((await up(lab)).summary.update ?? 0, 0);
        },
      ));

    it("stays in the state while the daemon is away", () =>
      inLab(deployer, vm(`timeouts: { read: "2s" }, retry: { initialDelay: "200ms" }`), {}, async (lab) => {
        await up(lab);
        await lab.sim.stopDaemon();
        const refreshed = await lab.stack.refresh();
        assert.equal(refreshed.ok, false);
        assert.match(
          refreshed.text,
          /Unable to read instance "dev"[\s\S]*cannot connect to the multipass socket/,
        );
        assert.equal((await lab.resource("dev")).id, "dev");
        await lab.sim.startDaemon();
        assert.ok((await lab.stack.refresh()).ok);
      }));

    it("keeps a secret cloudInit out of state, argv, logs and journal, before and after a refresh", () =>
      inLab(
        deployer,
        `import * as pulumi from "@pulumi/pulumi";
         new multipass.Instance("dev", { name: "dev", cloudInit: pulumi.secret("#cloud-config\\npassword: hunter2-marker\\n") });`,
        {},
        async (lab) => {
          const first = await up(lab);
          assert.ok((await lab.stack.refresh()).ok);
          const second = await up(lab);
          const journal = await execa(
            "grep",
            ["-r", "hunter2", lab.env["PULUMI_MULTIPASS_STATE_DIR"] ?? ""],
            { reject: false },
          );
          assert.equal(journal.stdout, "");
          for (const text of [
            readFileSync(lab.stack.stateFile, "utf8"),
            JSON.stringify(await lab.sim.calls()),
            first.text,
            second.text,
          ]) {
            assert.doesNotMatch(text, /hunter2/);
          }
          assert.equal(second.summary.update ?? 0, 0);
        },
      ));

    it("is let go by retainOnDelete and protect, and kept recoverable by deletionPolicy", () =>
      inLab(deployer, vm("", "{ retainOnDelete: true }"), {}, async (lab) => {
        await up(lab);
        assert.ok((await lab.stack.destroy()).ok);
        assert.equal((await machine(lab)).state, "Running");
        await up(lab, vm(`adopt: true, deletionPolicy: "keep"`, "{ protect: true }"));
        assert.equal((await lab.stack.destroy()).ok, false);
        await up(lab, vm(`adopt: true, deletionPolicy: "keep"`));
        assert.ok((await lab.stack.destroy()).ok);
        assert.equal((await machine(lab)).deleted, true);
      }));

    it("is looked up, read by get, and listed", () =>
      inLab(
        deployer,
        `const found = await multipass.getInstance({ name: "other" });
         export const state = found.state;
         export const ip = multipass.Instance.get("other").ipAddress;
         export const names = multipass.getInstancesOutput().apply((all) => all.map(({ name }) => name));
         export const images = (await multipass.getImages({ query: "24.04" })).length;
         export const networks = (await multipass.getNetworks()).length;
         export const version = (await multipass.getVersion()).daemon;`,
        {},
        async (lab) => {
          await execa(lab.sim.bin, ["launch", "--name", "other"]);
          const { outputs } = await up(lab);
          assert.match(String(outputs["ip"]), /^\d+\./);
          assert.deepEqual(
            { ...outputs, ip: "" },
            {
              state: "Running",
              ip: "",
              names: ["other"],
              images: 1,
              networks: outputs["networks"],
              version: "1.17.0",
            },
          );
          assert.ok((await lab.stack.destroy()).ok);
          assert.equal((await machine(lab, "other")).state, "Running");
          lab.write(`await multipass.getInstance({ name: "nosuch" });`);
          assert.match(
            (await lab.stack.up()).text,
            /Unable to look up instance "nosuch"[\s\S]*multipass list/,
          );
        },
      ));

    it("keeps its place under parents, dependencies, aliases and targets", () =>
      inLab(
        deployer,
        `import * as pulumi from "@pulumi/pulumi";
         class Lab extends pulumi.ComponentResource { constructor(name: string) { super("lab:index:Lab", name); } }
         const lab = new Lab("lab");
         const a = new multipass.Instance("a", { name: "a", timeouts: { create: "10m" } }, { parent: lab });
         const b = new multipass.Instance("b", { name: "b" }, { dependsOn: [a], customTimeouts: { create: "7m" } });`,
        {},
        async (lab) => {
          await up(lab);
          const started = (await lab.sim.calls())
            .filter(({ argv }) => argv[0] === "launch")
            .map(({ argv }) => argv[2]);
          assert.deepEqual(started, ["a", "b"]);
          assert.deepEqual((await lab.resource("b")).inputs["timeouts"], { create: "7m" });
          const renamed = `import * as pulumi from "@pulumi/pulumi";
            const a = new multipass.Instance("a2", { name: "a", timeouts: { create: "10m" } }, { aliases: ["${(await lab.resource("a")).urn}"] });
            new multipass.Instance("b", { name: "b" }, { dependsOn: [a], customTimeouts: { create: "7m" } });`;
          await up(lab, renamed);
          assert.equal((await lab.counts())["launch"], 2);
          assert.equal((await lab.counts())["delete"], undefined);
          const target = (await lab.resource("b")).urn;
          assert.ok((await lab.stack.destroy({ targets: [target] })).ok);
          assert.deepEqual(Object.keys((await lab.sim.world()).instances), ["a"]);
        },
      ));
  });
}
