import assert from "node:assert/strict";
import { type Simulator, startSimulator } from "../../simulator/src/index.ts";
import { disposed } from "../support/disposed.ts";
import { run, until } from "../support/run.ts";

describe("output formats of the simulator", () => {
  let sim: Simulator;
  const out = async (...args: string[]) => (await run(sim.bin, args)).stdout;
  const csv = (...args: string[]) => out(...args, "--format", "csv");

  before(async () => {
    sim = await startSimulator();
    await run(sim.bin, ["launch", "--name", "vm", "--mount", `${import.meta.dirname}:/srv`]);
    await run(sim.bin, ["stop", "vm"]);
    await run(sim.bin, ["snapshot", "vm", "--name", "b", "--comment", "one, two"]);
    await run(sim.bin, ["snapshot", "vm", "--name", "a"]);
    await run(sim.bin, ["alias", "vm:hostname", "who"]);
  });
  after(() => sim.close());

  it("version: twelve columns", async () => {
    assert.equal(await out("version"), "multipass   1.17.0\nmultipassd  1.17.0\n");
  });

  it("info of snapshots", async () => {
    const header = "Snapshot,Instance,CPU(s),Disk space,Memory size,Mounts,Created,Parent,Children,Comment\n";
    const { created } = (await sim.world()).instances["vm"]?.snapshots["b"] ?? {};
    const line = `b,vm,1,5.0GiB,1.0GiB,${import.meta.dirname} => /srv,${created},,a,"one, two"\n`;
    assert.equal(await csv("info", "vm.b"), header + line);
    const all = await csv("info", "--snapshots");
    assert.deepEqual(
      [all.endsWith(',b,,""\n'), all.startsWith(header + line), all.split("\n").length],
      [true, true, 4],
    );
  });

  it("zones: availability and subnet", async () => {
    assert.match(await out("zones"), /^Name {4}State {9}Subnet\nzone1 {3}Available {5}10\.97\.0\.0\/24\n/);
  });

  it("are JSON, tables, and CSV for instances; others are refused by name", async () => {
    for (const args of [
      ["find"],
      ["list", "--snapshots"],
      ["aliases"],
      ["zones"],
      ["networks"],
      ["version"],
    ]) {
      const { code, stderr } = await run(sim.bin, [...args, "--format", "csv"]);
      const text = 'simulator: this command has no format "csv" in the simulator; use table or json\n';
      assert.deepEqual([code, stderr], [70, text], args.join(" "));
    }
    const { code, stderr } = await run(sim.bin, ["info", "--format", "yaml"]);
    assert.equal(code, 70);
    assert.match(stderr, /no format "yaml" in the simulator; use table or json or csv\n$/);
    assert.match(
      (await run(sim.bin, ["list", "--format", "toml"])).stderr,
      /^Invalid format type given\.\n$/,
    );
  });

  it("list and info have a column for IPv6 before 1.17", async () => {
    const old = disposed(await startSimulator({ version: "1.16.3" }));
    await until(async () => (await old.world()).imageList.status === "good");
    await run(old.bin, ["launch", "--name", "vm"]);
    const csvOf = async (command: string) => (await run(old.bin, [command, "--format", "csv"])).stdout;
    assert.match(
      await csvOf("list"),
      /^Name,State,IPv4,IPv6,Release,AllIPv4\nvm,Running,10\.97\.0\.2,,Ubuntu 24\.04 LTS,"10\.97\.0\.2"\n$/,
    );
    assert.match(
      await csvOf("info"),
      /^Name,State,Ipv4,Ipv6,Release,Image hash,.*\nvm,Running,10\.97\.0\.2,,Ubuntu /,
    );
  });

  it("info prints nothing if there are no instances", async () => {
    const empty = disposed(await startSimulator());
    assert.equal((await run(empty.bin, ["info", "--format", "csv"])).stdout, "");
  });

  it("enabling and disabling zones names them", async () => {
    const unconfirmed = await run(sim.bin, ["disable-zones", "zone3"]);
    assert.equal(unconfirmed.code, 1);
    assert.match(
      unconfirmed.stderr,
      /^\[.*\] \[error\] \[client\] Caught an unhandled exception: Unable to query client for confirmation\. Use '--force' to forcefully make unavailable all instances in the specified zones\.\n$/,
    );
    assert.match(await out("disable-zones", "--force", "zone3"), /Zone disabled: zone3\n/);
    assert.match(await out("enable-zones", "zone2", "zone3"), /Zones enabled: zone2, zone3\n/);
    assert.match(await out("enable-zones", "--all"), /All zones enabled\n/);
    const unknown = await run(sim.bin, ["enable-zones", "x", "zone1", "y"]);
    assert.deepEqual([unknown.code, unknown.stderr], [2, "No AZs with names: x, y\n"]);
  });

  it("transfer says why it cannot connect, without its own name", async () => {
    await run(sim.bin, ["start", "vm"]);
    await sim.setFaults({ guest: { sshFlaky: 1, sshError: "Connection refused" } });
    const { code, stderr } = await run(sim.bin, ["transfer", "vm:x", "-"]);
    assert.deepEqual([code, stderr], [2, "ssh connection failed: 'Connection refused'\n"]);
  });
});
