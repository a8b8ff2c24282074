import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { userInfo } from "node:os";
import type { Simulator } from "../../simulator/src/index.ts";
import { deployers } from "../engine/index.ts";
import { needsWay, WAYS } from "../support/ssh-hosts.ts";
import { withHosts } from "./hosts-lab.ts";
import { type DoorDeployer, deletedWith, doors, plugins, succeeded, up } from "./lab.ts";

const USER = userInfo().username;

const instances = async (sim: Simulator | undefined) => Object.keys((await sim?.world())?.instances ?? {});

/** The host of a resource in an instance. The npm package finds it in the instance, and the plugin is told. */
const sameHost = ({ door }: DoorDeployer, host: string): string =>
  door === "plugin" ? `host: ${host},` : "";

for (const deployer of doors()) {
  describe(`instances on several hosts, on the ${deployer.name}`, function () {
    this.timeout(240_000);
    before(function () {
      needsWay(this, "a stand-in for ssh");
    });

    for (const way of WAYS)
      it(`have the same name on each, with everything in them on the same host, over ${way}${way === "a real sshd" ? " [long]" : ""}`, function () {
        needsWay(this, way);
        return withHosts(
          deployer,
          {
            program: `
const seen = {};
for (const host of [undefined, "lab1", { ssh: "${USER}@lab2", multipassPath: "multipass" }]) {
  const label = host?.ssh ?? host ?? "here";
  const vm = new multipass.Instance(label, {
    name: "dev", host, cloudInit: { write_files: [{ path: "/etc/label", content: label }] },
  });
  new multipass.File(label, { instance: vm, ${sameHost(deployer, "host")} path: "label.txt", content: label });
  seen[label] = new multipass.Command(label, {
    instance: vm, ${sameHost(deployer, "host")} create: ["cat", "/etc/label"],
  }).stdout;
  seen[label + "'s access"] = vm.ssh;
}
export const said = seen;`,
          },
          ["lab1", "lab2"],
          async ({ sim, worlds, stack }) => {
            const first = succeeded(await stack.up());
            const said = first.outputs["said"] as Record<string, unknown>;
            for (const label of ["here", "lab1", `${USER}@lab2`]) {
              assert.equal(said[label], label);
              const { user, proxyJump } = said[`${label}'s access`] as Record<string, string>;
              assert.deepEqual([user, proxyJump ?? "here"], ["ubuntu", label]);
            }
            for (const [world, label] of [
              [sim, "here"],
              [worlds["lab1"], "lab1"],
              [worlds["lab2"], `${USER}@lab2`],
            ] as const) {
              assert.deepEqual(await instances(world), ["dev"], label);
              const file = await world?.instance("dev").readFile("/home/ubuntu/label.txt");
              assert.equal(file?.toString(), label);
            }
            const again = succeeded(await stack.up());
            assert.equal(again.summary.same, 10, again.text);
            assert.ok((await stack.refresh()).ok);
            assert.equal((await stack.up()).summary.same, 10);
            succeeded(await stack.destroy());
            for (const world of [sim, worlds["lab1"], worlds["lab2"]])
              assert.deepEqual(await instances(world), []);
          },
          way,
        );
      });

    it("are replaced if they move to another host, but not for another path of the client or another name of the host [long]", () => {
      const vm = (host: string) =>
        `const vm = new multipass.Instance("dev", { name: "dev", host: ${host} });\n` +
        `new multipass.File("f", { instance: vm, ${sameHost(deployer, host)} path: "f", content: "1" }, ` +
        `{ ${deletedWith(deployer, "vm")} });`;
      return withHosts(deployer, { program: vm('"lab1"') }, ["lab1", "lab2"], async (lab) => {
        await up(lab);
        const renamed = await up(lab, vm('{ ssh: "lab1", multipassPath: "multipass" }'));
        assert.equal(renamed.summary.replace ?? 0, 0, renamed.text);
        assert.deepEqual(await instances(lab.worlds["lab1"]), ["dev"]);
        const alias = await up(lab, vm(`{ ssh: "${USER}@lab1", sameAs: "lab1" }`));
        assert.equal(alias.summary.replace ?? 0, 0, alias.text);
        assert.ok((await lab.stack.refresh()).ok);
        const moved = await up(lab, vm('"lab2"'));
        assert.equal(moved.summary.replace, 2, moved.text);
        assert.deepEqual(await instances(lab.worlds["lab1"]), []);
        assert.deepEqual(await instances(lab.worlds["lab2"]), ["dev"]);
        const back = await up(lab, vm("undefined"));
        assert.equal(back.summary.replace, 2, back.text);
        assert.deepEqual(await instances(lab.sim), ["dev"]);
        assert.deepEqual(await instances(lab.worlds["lab2"]), []);
      });
    });

    it("refuse a host that ssh would take for an option, before anything is done", () =>
      withHosts(
        deployer,
        { program: `new multipass.Instance("dev", { host: "-oProxyCommand=touch /tmp/owned" });` },
        ["lab1"],
        async ({ stack, worlds }) => {
          const preview = await stack.preview();
          assert.equal(preview.ok, false);
          assert.match(preview.text, /host is not a host for ssh/);
          assert.deepEqual(await worlds["lab1"]?.calls(), []);
        },
      ));

    it("are found by lookups and by Instance.get [long]", () => {
      // The SDKs of the plugin know a host of what they only read by its provider.
      const where =
        deployer.door === "plugin"
          ? `{ provider: new multipass.Provider("far", { host: "lab1" }) }`
          : `{}, { host: "lab1" }`;
      return withHosts(
        deployer,
        {
          program: `
const { length } = await multipass.getInstances({ host: "lab1" });
export const found = [length, (await multipass.getVersion({ host: { ssh: "lab1" } })).client];
export const { state } = multipass.Instance.get("db", "db", ${where});`,
        },
        ["lab1"],
        async ({ worlds, stack }) => {
          execFileSync(worlds["lab1"]?.bin ?? "", ["launch", "--name", "db"]);
          const { outputs } = succeeded(await stack.up());
          assert.deepEqual(outputs["found"], [1, "1.17.0"]);
          assert.equal(outputs["state"], "Running");
        },
      );
    });

    it("name the host in every error [long]", () =>
      withHosts(
        deployer,
        {
          program: `new multipass.Instance("dev", { host: "lab1", image: "nosuch", timeouts: { create: "60s" } });`,
        },
        ["lab1"],
        async ({ stack }) => {
          const run = await stack.up();
          assert.equal(run.ok, false);
          assert.match(run.text, /Unable to find an image matching "nosuch"/);
          assert.match(run.text, /on lab1/);
        },
      ));
  });
}

for (const deployer of plugins()) {
  describe(`instances on several hosts [long], on the ${deployer.name}`, function () {
    this.timeout(240_000);
    before(function () {
      needsWay(this, "a stand-in for ssh");
    });

    it("are where the provider's configuration says, or the resource itself", () =>
      withHosts(
        deployer,
        {
          program: `
const far = new multipass.Provider("far", { host: "lab1" });
new multipass.Instance("one", { name: "dev" }, { provider: far });
new multipass.Instance("two", { name: "dev", host: { ssh: "lab2" } }, { provider: far });
new multipass.Instance("three", { name: "dev" });`,
        },
        ["lab1", "lab2"],
        async ({ sim, worlds, stack }) => {
          succeeded(await stack.up());
          for (const world of [sim, worlds["lab1"], worlds["lab2"]])
            assert.deepEqual(await instances(world), ["dev"]);
          succeeded(await stack.destroy());
          for (const world of [sim, worlds["lab1"], worlds["lab2"]])
            assert.deepEqual(await instances(world), []);
        },
      ));

    it("are reached with ssh as their output says, and have mounts of the provider's host", () =>
      withHosts(
        deployer,
        {
          program: `
const far = new multipass.Provider("far", { host: "lab1" });
const one = new multipass.Instance("one", { name: "dev" }, { provider: far });
new multipass.Mount("data", { instance: one.name, source: "/usr", target: "/data" }, { provider: far });
const two = new multipass.Instance("two", { name: "dev" });
export const reached = [one.ssh, two.ssh];`,
        },
        ["lab1"],
        async ({ sim, worlds, stack, resource }) => {
          const { outputs } = succeeded(await stack.up());
          const addressIn = async (world: Simulator | undefined) =>
            (await world?.world())?.instances["dev"]?.ipv4 as string;
          assert.deepEqual(outputs["reached"], [
            { user: "ubuntu", address: await addressIn(worlds["lab1"]), proxyJump: "lab1" },
            { user: "ubuntu", address: await addressIn(sim) },
          ]);
          const { inputs, outputs: state } = await resource("one");
          assert.deepEqual([inputs["host"], state["host"]], [undefined, undefined]);
          assert.equal(succeeded(await stack.refresh()).summary.update, undefined);
          assert.deepEqual(Object.keys(succeeded(await stack.up()).summary), ["same"]);
        },
      ));

    it("have errors that name the provider's host", () =>
      withHosts(
        deployer,
        {
          program: `
const far = new multipass.Provider("far", { host: "lab1" });
new multipass.Instance("dev", { image: "nosuch", timeouts: { create: "60s" } }, { provider: far });
new multipass.Mount("data", { instance: "dev", source: "srv", target: "/data" }, { provider: far });`,
        },
        ["lab1"],
        async ({ stack, write }) => {
          assert.match((await stack.up()).text, /source must be an absolute path on the host/);
          write(`
const far = new multipass.Provider("far", { host: "lab1" });
new multipass.Instance("dev", { image: "nosuch", timeouts: { create: "60s" } }, { provider: far });
new multipass.Command("where", { instance: "missing", create: ["ls"] }, { provider: far });`);
          const { text } = await stack.up();
          assert.match(text, /Unable to launch .* on lab1/);
          assert.match(text, /Unable to run the create command .* on lab1/);
        },
      ));
  });
}

// The plugin has no `InstanceGroup`, which is a component of the npm package.
for (const deployer of deployers()) {
  describe(`an instance group over several hosts, on the ${deployer.name}`, function () {
    this.timeout(240_000);
    before(function () {
      needsWay(this, "a stand-in for ssh");
    });

    const group = (count: number, hosts: readonly string[], more = "") => `
const group = new multipass.InstanceGroup("node", {
  count: ${count}, hosts: ${JSON.stringify(hosts)}, namePrefix: "node", ${more}
});
export const places = Object.fromEntries(group.members.map((vm, index) => [index, vm.host]));`;

    it("keeps each member where it is when members and hosts are added [long]", () =>
      withHosts(deployer, { program: group(4, ["lab1", "lab2"]) }, ["lab1", "lab2", "lab3"], async (lab) => {
        const first = (await up(lab)).outputs["places"] as Record<string, string>;
        assert.deepEqual(new Set(Object.values(first)), new Set(["lab1", "lab2"]));
        const grown = await up(lab, group(6, ["lab2", "lab1"]));
        assert.equal(grown.summary.create, 2, grown.text);
        assert.equal(grown.summary.replace ?? 0, 0, grown.text);
        const more = await up(lab, group(6, ["lab1", "lab2", "lab3"]));
        const last = more.outputs["places"] as Record<string, string>;
        for (const [index, host] of Object.entries(first))
          assert.ok([host, "lab3"].includes(last[index] as string));
        assert.equal(more.summary.replace ?? 0, Object.values(last).filter((host) => host === "lab3").length);
        for (const [name, world] of Object.entries(lab.worlds)) {
          const there = Object.entries(last).filter(([, host]) => host === name);
          assert.deepEqual(
            (await instances(world)).sort(),
            there.map(([index]) => `node-${index}`).sort(),
            name,
          );
        }
      }));

    it("lets a member be placed by hand, and refuses a list that cannot be one [long]", () =>
      withHosts(
        deployer,
        { program: group(2, ["lab1"], `overrides: { 1: { host: "lab2" } }`) },
        ["lab1", "lab2"],
        async ({ worlds, stack, write }) => {
          succeeded(await stack.up());
          assert.deepEqual(await instances(worlds["lab1"]), ["node-0"]);
          assert.deepEqual(await instances(worlds["lab2"]), ["node-1"]);
          for (const [hosts, problem] of [
            [[], /hosts must be a list with at least one host/],
            [["lab1", "lab1"], /hosts names one host twice/],
          ] as const) {
            write(group(2, hosts));
            const run = await stack.preview();
            assert.equal(run.ok, false);
            assert.match(run.text, problem);
          }
        },
      ));
  });
}
