import assert from "node:assert/strict";
import { type FaultPlan, startSimulator } from "../../simulator/src/index.ts";
import { disposed } from "../support/disposed.ts";
import { begin, message, pause, run, until } from "../support/run.ts";

const unreachable =
  'Remote "release" is unknown or unreachable. If image mirror is enabled, please confirm it is valid.';

describe("the boot race of a simulated host", () => {
  it("has no socket before `socketAt`", async () => {
    const sim = disposed(await startSimulator({ faults: { socketAt: "1h" } }));
    const { code, stderr } = await run(sim.bin, ["list"]);
    assert.deepEqual([code, stderr], [2, "list failed: cannot connect to the multipass socket\n"]);
    const version = await run(sim.bin, ["version"]);
    assert.deepEqual([version.code, version.stdout], [0, "multipass   1.17.0\n"]);
  });

  it("has a socket from `socketAt` on", async () => {
    const sim = disposed(await startSimulator({ timeScale: 10, faults: { socketAt: "10s" } }));
    await until(async () => (await run(sim.bin, ["list"])).code === 0);
    assert.equal((await sim.world()).daemon.starts, 1);
  });

  it("has no root certificate until the daemon has run once", async () => {
    const sim = disposed(await startSimulator({ faults: { daemonNeverRan: true } }));
    for (const command of ["version", "list"]) {
      const { code, stdout, stderr } = await run(sim.bin, [command]);
      assert.deepEqual([code, stdout], [1, ""]);
      assert.match(
        stderr,
        /^\[error\] \[client\] Caught an unhandled exception: failed to open file '.*\/multipassd\/multipass_root_cert\.pem': No such file or directory\(2\)\n$/,
      );
    }
    await sim.startDaemon();
    assert.equal((await run(sim.bin, ["list"])).code, 0);
  });

  it("1.17: gets its list only by the daemon's own retries, not by a forced update", async () => {
    const sim = disposed(await startSimulator({ timeScale: 10, faults: { networkOutages: [{}] } }));
    const list = async () => (await sim.world()).imageList;
    const launched = await run(sim.bin, ["launch", "--name", "race"]);
    // Where a fetch fails meanwhile its log records come before.
    assert.deepEqual([launched.code, message(launched.stderr)], [2, `launch failed: ${unreachable}\n`]);
    const found = await run(sim.bin, ["find"]);
    const index = "https://cloud-images.ubuntu.com/releases/streams/v1/index.json";
    assert.deepEqual(
      [found.code, message(found.stderr)],
      [2, `find failed: failed to download from '${index}': Error opening ${index}\n`],
    );
    // Four real seconds are left until the next fetch.
    await until(async () => (await list()).fetches === 4 && (await list()).status === "failed");
    await sim.setFaults({});
    assert.equal((await run(sim.bin, ["find", "--force-update"])).code, 2);
    assert.equal((await run(sim.bin, ["launch", "--name", "race"])).code, 2);
    assert.equal((await list()).fetches, 4);
    assert.equal((await run(sim.bin, ["wait-ready", "--timeout", "90"])).code, 0);
    assert.equal((await list()).fetches, 5);
    assert.equal((await run(sim.bin, ["launch", "--name", "race"])).code, 0);
  });

  it("fetches again 5, 10 and 20 s after a failure", async () => {
    const sim = disposed(await startSimulator({ timeScale: 10, faults: { networkOutages: [{}] } }));
    const pauses = new Map<number, number>();
    await until(async () => {
      const { fetches, fetchedAt = 0, nextFetchAt = 0 } = (await sim.world()).imageList;
      if (nextFetchAt > fetchedAt) pauses.set(fetches, nextFetchAt - fetchedAt);
      return pauses.has(3);
    });
    for (const [fetch, pause] of pauses) {
      // Between the two moments are the pause and the fetch itself, which takes no simulated time but some real one.
      assert.equal(Math.floor(Math.log2(pause / 5_000)), fetch - 1, `${pause} ms after fetch ${fetch}`);
    }
  });

  it("launches an https:// image as soon as there is a network, although the list is bad", async () => {
    const sim = disposed(await startSimulator({ faults: { networkAt: "1h" } }));
    const url =
      "https://cloud-images.ubuntu.com/releases/noble/release/ubuntu-24.04-server-cloudimg-amd64.img";
    const offline = await run(sim.bin, ["launch", url, "--name", "direct"]);
    assert.equal(offline.code, 2);
    const cause = "Host cloud-images.ubuntu.com not found";
    assert.match(offline.stderr, /^\[.*\] \[error\] \[url downloader\] Cannot retrieve headers for https:/);
    assert.ok(offline.stderr.endsWith(`launch failed: failed to download from '${url}': ${cause}\n`));
    await until(async () => (await sim.world()).imageList.status === "failed");
    await sim.setFaults({});
    assert.equal((await run(sim.bin, ["launch", url, "--name", "direct"])).code, 0);
    const { list } = JSON.parse((await run(sim.bin, ["list", "--format", "json"])).stdout);
    assert.equal(list[0].release, "Not Available");
  });

  it("1.16: prints the bare text, has an empty list during every refresh, and has no wait-ready", async () => {
    const bare = 'launch failed: Remote "" is unknown or unreachable.\n';
    const faults: FaultPlan = { networkAt: "1h" };
    const sim = disposed(await startSimulator({ version: "1.16.3", timeScale: 100, faults }));
    assert.equal(message((await run(sim.bin, ["launch"])).stderr), bare);
    const unknown = await run(sim.bin, ["wait-ready"]);
    assert.equal(unknown.code, 1);
    assert.match(unknown.stdout, /^Error: Unknown command or alias 'wait-ready' /);

    const slow = disposed(await startSimulator({ version: "1.16.3", faults: { imageListSeconds: 3 } }));
    assert.equal((await run(slow.bin, ["launch"])).stderr, bare);
    await until(async () => (await slow.world()).imageList.status === "good");
    assert.equal((await run(slow.bin, ["launch"])).code, 0);
  });

  it("1.17: makes a launch wait for a refresh under way", async () => {
    const sim = disposed(await startSimulator({ faults: { imageListSeconds: 3 } }));
    const { done } = begin(sim.bin, ["launch"]);
    await until(async () => (await sim.world()).launches === 1);
    assert.equal((await sim.world()).imageList.status, "fetching");
    assert.equal((await done).code, 0);
    assert.equal((await sim.world()).imageList.status, "good");
  });

  it("1.17: serves the list from its cache after a restart without a network", async () => {
    const sim = disposed(await startSimulator());
    await until(async () => (await sim.world()).imageList.status === "good");
    await sim.setFaults({ networkOutages: [{}] });
    await sim.stopDaemon();
    await sim.startDaemon();
    assert.equal((await run(sim.bin, ["wait-ready", "--timeout", "1"])).code, 0);
  });

  it("lists nothing any more after a failed forced update", async () => {
    const sim = disposed(await startSimulator({ version: "1.16.3" }));
    await until(async () => (await sim.world()).imageList.status === "good");
    await sim.setFaults({ networkOutages: [{}] });
    assert.equal((await run(sim.bin, ["find", "--force-update"])).code, 2);
    const { code, stdout } = await run(sim.bin, ["find", "--format", "json"]);
    assert.equal(code, 0);
    assert.deepEqual(JSON.parse(stdout).images, {});
    await sim.setFaults({});
    assert.equal((await run(sim.bin, ["launch"])).code, 2);
    assert.equal((await run(sim.bin, ["find", "--force-update"])).code, 0);
    assert.equal((await run(sim.bin, ["launch"])).code, 0);
  });

  it("wait-ready waits for an absent daemon", async () => {
    const sim = disposed(
      await startSimulator({ timeScale: 20, faults: { socketAt: "20s", networkAt: "22s" } }),
    );
    const { code, stderr } = await run(sim.bin, ["wait-ready"]);
    assert.deepEqual([code, message(stderr)], [0, ""]);
    const late = await run(sim.bin, ["wait-ready", "--timeout", "1"]);
    assert.equal(late.code, 0);
  });

  it("wait-ready gives up after its timeout, with a daemon and without", async () => {
    const sim = disposed(await startSimulator({ timeScale: 10, faults: { networkAt: "1h" } }));
    const expected = [5, "Timed out waiting for the Multipass daemon to be ready.\n"];
    const busy = await run(sim.bin, ["wait-ready", "--timeout", "3"]);
    assert.deepEqual([busy.code, message(busy.stderr)], expected);
    await sim.stopDaemon();
    const absent = await run(sim.bin, ["wait-ready", "--timeout", "3"]);
    assert.deepEqual([absent.code, absent.stderr], expected);
  });

  it("wait-ready includes the time that its questions take", async () => {
    // Each fetch hangs for 10 s, and the question with it.
    const faults: FaultPlan = { networkOutages: [{ mode: "dropped" }] };
    const sim = disposed(await startSimulator({ timeScale: 5, faults }));
    const { code, milliseconds } = await run(sim.bin, ["wait-ready", "--timeout", "22"]);
    assert.equal(code, 5);
    // Without the questions it would wait for 22 pauses and as many questions, more than 40 s.
    assert.ok(milliseconds < 20_000, `${milliseconds} ms instead of 4400`);
  });

  it("wait-ready includes the time that it spent on a daemon that is gone", async () => {
    const sim = disposed(await startSimulator({ timeScale: 10, faults: { networkAt: "1h" } }));
    const { done } = begin(sim.bin, ["wait-ready", "--timeout", "40"]);
    const began = performance.now();
    await pause(3_000);
    const withDaemon = performance.now() - began;
    await sim.stopDaemon();
    const { code, milliseconds } = await done;
    assert.equal(code, 5);
    assert.ok(milliseconds < withDaemon + 4_000, `${milliseconds} ms instead of 4000`);
  });

  it("fails at once if waiting does not help", async () => {
    const denied = disposed(await startSimulator({ faults: { accessDenied: true } }));
    for (const command of ["wait-ready", "list", "launch"]) {
      const { code, stderr } = await run(denied.bin, [command]);
      assert.deepEqual([code, stderr], [2, `${command} failed: multipass socket access denied\n`]);
    }
    assert.equal((await run(denied.bin, ["version"])).stdout, "multipass   1.17.0\n");
  });
});
