import assert from "node:assert/strict";
import { commandOf, deedsSince } from "../support/calls-since.ts";
import { doors, inLab, succeeded, up } from "./lab.ts";
import { instance, vm } from "./one-instance.ts";

for (const deployer of doors()) {
  // `up --replace` does not ask a plugin what must be deleted first.
  const fixed = vm("", deployer.door === "plugin" ? "{ deleteBeforeReplace: true }" : "{}");

  describe(`an instance that is replaced or released, on the ${deployer.name}`, () => {
    it("is replaced, old one first, if its name is fixed", () =>
      inLab(deployer, fixed, {}, async (lab) => {
        const done = deedsSince(lab.sim);
        await up(lab);
        await done();
        await up(lab, fixed.replace("24.04", "22.04"));
        assert.deepEqual((await done()).map(commandOf), ["delete", "launch"]);
        succeeded(await lab.stack.up({ replace: [(await lab.resource("dev")).urn] }));
        assert.deepEqual((await done()).map(commandOf), ["delete", "launch"]);
        assert.deepEqual(Object.keys((await lab.sim.world()).instances), ["dev"]);
      }));

    it("is replaced, new one first, if its name is automatic [long]", () =>
      inLab(
        deployer,
        `export const name = new multipass.Instance("dev", { image: "24.04" }).name;`,
        {},
        async (lab) => {
          const done = deedsSince(lab.sim);
          const first = (await up(lab)).outputs["name"];
          assert.match(String(first), /^dev-[0-9a-f]{7}$/);
          assert.equal((await up(lab)).outputs["name"], first);
          await done();
          const second = (
            await up(lab, `export const name = new multipass.Instance("dev", { image: "22.04" }).name;`)
          ).outputs["name"];
          assert.notEqual(second, first);
          assert.deepEqual((await done()).map(commandOf), ["launch", "delete"]);
          assert.deepEqual(Object.keys((await lab.sim.world()).instances), [second]);
        },
      ));

    it("is never lost when a replacement with the same name is created first [long]", () =>
      inLab(deployer, vm(""), {}, async (lab) => {
        await up(lab);
        lab.write(vm("", "{ deleteBeforeReplace: false }").replace("24.04", "22.04"));
        const refused = await lab.stack.up();
        // An engine may still follow the provider's own request and delete the old one first.
        if (!refused.ok) assert.match(refused.text, /its replacement has the same name/);
        assert.deepEqual(Object.keys((await lab.sim.world()).instances), ["dev"]);
        lab.write(vm("", "{ deleteBeforeReplace: false }"));
        const forced = await lab.stack.up({ replace: [(await lab.resource("dev")).urn] });
        assert.match(forced.text, /instance "dev" is kept: its replacement has the same name|already exists/);
        assert.deepEqual(Object.keys((await lab.sim.world()).instances), ["dev"]);
      }));

    it("is never lost when it replaces one whose create failed: the replacement continues with the same instance [long]", () =>
      inLab(
        deployer,
        `export const name = new multipass.Instance("dev", { image: "24.04", cloudInit: { runcmd: ["true"] } }).name;`,
        { simulator: { timeScale: 20, faults: { guest: { cloudInit: "error", cloudInitErrors: ["no"] } } } },
        async (lab) => {
          assert.equal((await lab.stack.up()).ok, false);
          const replaced = await lab.stack.up({ replace: [(await lab.resource("dev")).urn] });
          assert.equal(replaced.ok, false);
          const [name = ""] = Object.keys((await lab.sim.world()).instances);
          await lab.sim.setFaults({ guest: { cloudInit: "done" } });
          assert.equal((await up(lab)).outputs["name"], name);
          assert.deepEqual(Object.keys((await lab.sim.world()).instances), [name]);
          // Nothing of the older create is left to delete, and the instance is deleted with its resource.
          await up(lab);
          assert.deepEqual(Object.keys((await lab.sim.world()).instances), [name]);
          assert.ok((await lab.stack.destroy()).ok);
          assert.deepEqual(Object.keys((await lab.sim.world()).instances), []);
        },
      ));

    it("is released by retainOnDelete and protect, and stays recoverable with deletionPolicy [long]", () =>
      inLab(deployer, vm("", "{ retainOnDelete: true }"), {}, async (lab) => {
        await up(lab);
        assert.ok((await lab.stack.destroy()).ok);
        assert.equal((await instance(lab)).state, "Running");
        await up(lab, vm(`adopt: true, deletionPolicy: "keep"`, "{ protect: true }"));
        assert.equal((await lab.stack.destroy()).ok, false);
        await up(lab, vm(`adopt: true, deletionPolicy: "keep"`));
        assert.ok((await lab.stack.destroy()).ok);
        assert.equal((await instance(lab)).deleted, true);
      }));

    it("keeps its place with parents, dependencies, aliases and targets [long]", () =>
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
          const launches = (await lab.sim.calls()).filter(({ argv }) => argv[0] === "launch");
          assert.deepEqual(
            launches.map(({ argv }) => argv[2]),
            ["a", "b"],
          );
          // Multipass gets twice the time that the option `customTimeouts` gives.
          const [, b] = launches.map(({ argv }) => Number(argv[argv.indexOf("--timeout") + 1]));
          assert.ok(b !== undefined && b > 600 && b <= 2 * 7 * 60, `${b} s`);
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
