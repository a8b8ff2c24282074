import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Simulator, startSimulator } from "../../simulator/src/index.ts";
import { disposed } from "../support/disposed.ts";
import { begin, run, until } from "../support/run.ts";

const clear = "\u001b[2K\u001b[0A\u001b[0E";

describe("commands of the simulator", () => {
  let sim: Simulator;
  const multipass = (...args: string[]) => run(sim.bin, args);
  const state = async (name: string) => (await sim.world()).instances[name]?.state;

  before(async () => {
    sim = await startSimulator({ timeScale: 100 });
    await multipass("launch", "--name", "vm");
  });
  after(() => sim.close());

  it("write the spinner's bytes as recorded from a real client", async () => {
    const start = await multipass("start", "vm");
    assert.equal(start.stdout, `${clear}Starting vm  \b/\b ${clear}${clear}`);
    const stop = await multipass("stop", "nosuch");
    assert.equal(stop.stdout, `${clear}Stopping nosuch  \b/\b ${clear}${clear}`);
    const all = await multipass("stop", "--all");
    assert.equal(all.stdout, `${clear}Stopping all instances  \b/\b ${clear}`);
    const snapshot = await multipass("snapshot", "vm");
    assert.equal(
      snapshot.stdout,
      `${clear}Taking snapshot  \b/\b ${clear}Snapshot taken: vm.snapshot1\n${clear}`,
    );
    const restore = await multipass("restore", "vm.snapshot1", "-d");
    assert.equal(
      restore.stdout,
      `${clear}${clear}Restoring snapshot  \b/\b ${clear}Snapshot restored: vm.snapshot1\n${clear}`,
    );
    assert.equal((await multipass("restore", "vm.snapshot1")).stdout, clear.repeat(4));
    await multipass("start", "vm");
  });

  it("shut down after a delay, unless that is cancelled", async () => {
    assert.equal((await multipass("stop", "--time", "+2", "vm")).code, 0);
    assert.equal(await state("vm"), "Delayed Shutdown");
    assert.equal((await multipass("stop", "--cancel", "vm")).code, 0);
    assert.equal(await state("vm"), "Running");
    await multipass("stop", "--time", "1", "vm");
    await until(async () => (await state("vm")) === "Stopped");
    await multipass("start", "vm");
  });

  it("power off the VMs of a zone that is disabled, and start them again", async () => {
    assert.equal((await multipass("disable-zones", "--force", "zone1")).code, 0);
    assert.equal(await state("vm"), "Unavailable");
    assert.match(
      (await multipass("start", "vm")).stderr,
      /Cannot start the instance 'vm' while unavailable\.\n$/,
    );
    assert.match(
      (await multipass("launch", "--zone", "zone1")).stderr,
      /Unavailable zone name supplied: zone1\n$/,
    );
    assert.match((await multipass("launch", "--name", "elsewhere")).stdout, /Launched: elsewhere in zone2\n/);
    await multipass("enable-zones", "--all");
    await until(async () => (await state("vm")) === "Running");
    await multipass("delete", "-p", "elsewhere");
  });

  it("keep aliases and the primary name for each home of the client, never in it", async () => {
    const home = mkdtempSync(join(tmpdir(), "simulator-home-"));
    const elsewhere = (...args: string[]) => run(sim.bin, args, { env: { HOME: home, XDG_DATA_HOME: "" } });
    try {
      assert.equal((await elsewhere("alias", "vm:hostname", "who")).code, 0);
      assert.equal((await elsewhere("who")).stdout, "vm\n");
      assert.match((await multipass("who")).stdout, /^Error: Unknown command or alias 'who'/);
      assert.equal((await elsewhere("set", "client.primary-name=vm")).code, 0);
      assert.equal((await elsewhere("get", "client.primary-name")).stdout, "vm\n");
      assert.equal((await multipass("get", "client.primary-name")).stdout, "primary\n");
      assert.equal((await elsewhere("start")).code, 0);
      assert.equal((await elsewhere("unalias", "who")).code, 0);
      assert.deepEqual(readdirSync(home), []);
    } finally {
      rmSync(home, { recursive: true, force: true });
    }
  });

  it("admit a client by the passphrase", async () => {
    const closed = disposed(await startSimulator({ timeScale: 20, faults: { trustFirstClientOnly: true } }));
    const stranger = (...args: string[]) =>
      run(closed.bin, args, { env: { HOME: "/nowhere", XDG_DATA_HOME: "" } });
    assert.equal((await run(closed.bin, ["list"])).code, 0);
    assert.match((await stranger("list")).stderr, /^list failed: The user is not authenticated/);
    assert.match((await stranger("authenticate", "x")).stderr, /No passphrase is set/);
    await run(closed.bin, ["set", "local.passphrase=secret"]);
    await until(async () => (await closed.world()).daemon.starts === 2);
    await until(async () => (await run(closed.bin, ["list"])).code === 0);
    assert.equal((await run(closed.bin, ["get", "local.passphrase"])).stdout, "true\n");
    assert.match(
      (await stranger("authenticate", "wrong")).stderr,
      /Passphrase is not correct\. Please try again\.\n$/,
    );
    assert.equal((await stranger("authenticate", "secret")).code, 0);
    assert.equal((await stranger("list")).code, 0);
  });

  it("silently do nothing when suspending an instance that is not running", async () => {
    await sim.instance("vm").poke({ state: "Starting" });
    assert.equal((await multipass("suspend", "vm")).code, 0);
    assert.equal(await state("vm"), "Starting");
    await sim.instance("vm").poke({ state: "Running" });
  });

  it("bridge an instance only if the bridged network is set", async () => {
    assert.match(
      (await multipass("launch", "--bridged")).stderr,
      /You have to `multipass set local\.bridged-network=<name>`/,
    );
    await multipass("set", "local.bridged-network=eth0");
    await until(async () => (await sim.world()).daemon.starts === 2);
    await until(async () => (await multipass("list")).code === 0);
    assert.equal((await multipass("launch", "--bridged", "--name", "bridged")).code, 0);
    assert.equal((await multipass("get", "local.bridged.bridged")).stdout, "true\n");
    await multipass("stop", "bridged");
    assert.match(
      (await multipass("set", "local.bridged.bridged=false")).stderr,
      /Removing the bridged network is currently not supported\n$/,
    );
    const [network] = (await sim.world()).instances["bridged"]?.networks ?? [];
    assert.equal(network?.id, "eth0");
  });

  it("drop a mount for good if it cannot be activated at start, and exit with 0", async () => {
    await until(async () => (await state("vm")) === "Running");
    await multipass("stop", "vm");
    await multipass("mount", import.meta.dirname, "vm:/mnt/x");
    await sim.setFaults({ guest: { snapSupport: false } });
    const { code, stderr } = await multipass("start", "vm");
    assert.equal(code, 0);
    assert.match(stderr, /^Removing mount "\/mnt\/x" from 'vm': Snap support needs to be installed/);
    assert.deepEqual((await sim.world()).instances["vm"]?.mounts, {});
    assert.match(
      (await multipass("mount", import.meta.dirname, "vm:/mnt/x")).stderr,
      /error mounting "\/mnt\/x": Snap support/,
    );
    await sim.setFaults({});
  });

  it("mount a folder at launch", async () => {
    assert.equal(
      (await multipass("launch", "--name", "mounted", "--mount", `${import.meta.dirname}:/srv/tests`)).code,
      0,
    );
    assert.match(
      (await multipass("exec", "mounted", "--", "ls", "/srv/tests")).stdout,
      /^commands\.test\.ts$/m,
    );
    await multipass("delete", "-p", "mounted");
  });

  it("answer with what the fault plan says", async () => {
    await sim.setFaults({
      commands: [
        { command: "list", text: "ssh connection failed: 'Timeout connecting to 10.97.0.2'", times: 1 },
        { command: "info", match: "info vm", text: "boom", exitCode: 3 },
      ],
      truncatedJson: 1,
      stderrNoise: ['Failed to get shared "write" lock'],
    });
    assert.match(
      (await multipass("list")).stderr,
      /\nlist failed: ssh connection failed: 'Timeout connecting to 10\.97\.0\.2'\n$/,
    );
    assert.equal((await multipass("info", "vm")).code, 3);
    const cut = await multipass("list", "--format", "json");
    assert.equal(cut.code, 0);
    assert.throws(() => JSON.parse(cut.stdout));
    assert.match(cut.stderr, /^\[.*\] \[error\] \[daemon\] Failed to get shared "write" lock\n$/);
    JSON.parse((await multipass("list", "--format", "json")).stdout);
    await sim.setFaults({
      commands: [{ command: "exec", text: "ssh connection failed: 'Connection refused'" }],
    });
    const refused = await multipass("exec", "vm", "--", "true");
    assert.deepEqual(
      [refused.code, refused.stderr],
      [2, "exec failed: ssh connection failed: 'Connection refused'\n"],
    );
    assert.equal((await multipass("exec", "vm", "--", "true")).code, 0);
    await sim.setFaults({ hypervisor: "KVM support is not enabled on this machine." });
    assert.equal((await multipass("networks")).code, 0);
    await multipass("stop", "--all");
    assert.match((await multipass("networks")).stderr, /^networks failed: KVM support is not enabled/);
    assert.match((await multipass("start", "vm")).stderr, /KVM support is not enabled/);
    await sim.setFaults({});
    await multipass("start", "vm");
  });

  it("say why a prompt cannot be answered", async () => {
    assert.deepEqual((await multipass("set", "local.driver")).stderr, "Failed to read value\n");
    assert.deepEqual((await multipass("authenticate")).stderr, "Failed to read value\n");
    assert.equal((await run(sim.bin, ["set", "client.primary-name"], { input: "other\n" })).code, 0);
    assert.equal((await multipass("get", "client.primary-name")).stdout, "other\n");
  });

  it("purge everybody's deleted instances, and their aliases", async () => {
    await multipass("alias", "bridged:ls", "look");
    await multipass("delete", "bridged");
    assert.equal((await multipass("purge")).code, 0);
    assert.equal(await state("bridged"), undefined);
    assert.doesNotMatch((await multipass("aliases")).stdout, /look/);
  });

  it("accept a prefix of an image's hash", async () => {
    const { images } = JSON.parse((await multipass("find", "noble", "--format", "json")).stdout);
    assert.deepEqual(Object.keys(images), ["noble"]);
    const hash = (await sim.world()).instances["vm"]?.imageHash ?? "";
    assert.equal((await multipass("launch", hash.slice(0, 12), "--name", "hashed")).code, 0);
    assert.equal((await sim.world()).instances["hashed"]?.imageHash, hash);
  });
});

describe("time in a simulated world", () => {
  it("1.16: the image list is empty for a moment every 15 minutes on a healthy network", async () => {
    const sim = disposed(await startSimulator({ version: "1.16.3", timeScale: 500 }));
    const list = async () => (await sim.world()).imageList;
    await until(async () => (await list()).status === "good");
    assert.equal((await run(sim.bin, ["launch"])).code, 0);
    // A long moment, so that a client is there in time.
    await sim.setFaults({ imageListSeconds: 1500 });
    await until(async () => (await list()).status === "fetching");
    assert.ok((await list()).fetches > 1);
    const { code, stderr } = await run(sim.bin, ["launch"]);
    assert.deepEqual([code, stderr], [2, 'launch failed: Remote "" is unknown or unreachable.\n']);
    await until(async () => (await list()).status === "good");
    assert.equal((await run(sim.bin, ["launch"])).code, 0);
  });

  it("a network that drops packets hangs a fetch, and with it every client of 1.17", async () => {
    const faults = { networkOutages: [{ mode: "dropped" as const }] };
    const sim = disposed(await startSimulator({ timeScale: 5, faults }));
    const launch = begin(sim.bin, ["launch"]);
    await until(async () => (await sim.world()).launches === 1);
    assert.equal((await sim.world()).imageList.status, "fetching");
    assert.equal((await run(sim.bin, ["list"])).code, 0);
    assert.equal((await sim.world()).imageList.status, "failed");
    assert.equal((await launch.done).code, 2);
  });

  it("an unreachable server makes the whole list empty", async () => {
    const sim = disposed(
      await startSimulator({
        faults: { networkOutages: [{ hosts: ["cdimage.ubuntu.com"] }] },
      }),
    );
    assert.match((await run(sim.bin, ["launch"])).stderr, /Remote "release" is unknown or unreachable/);
  });

  it("the network can come and go", async () => {
    const sim = disposed(
      await startSimulator({
        version: "1.16.3",
        timeScale: 10,
        faults: { networkOutages: [{ from: "0s", to: "3s" }, { from: "40s" }] },
      }),
    );
    await until(async () => (await sim.world()).imageList.status === "good");
    assert.equal((await run(sim.bin, ["launch"])).code, 0);
    const { startedAt } = await sim.world();
    await until(() => Date.now() > startedAt + 4_000);
    assert.match(
      (await run(sim.bin, ["launch", "https://example.com/x.img"])).stderr,
      /Host example\.com not found/,
    );
  });
});
