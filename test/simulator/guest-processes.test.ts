import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { type Simulator, startSimulator } from "../../simulator/src/index.ts";
import { disposed } from "../support/disposed.ts";
import { begin, pause, type Running, run, until } from "../support/run.ts";

const broken = "exec failed: [ssh client] could not obtain exit state: 'Socket error: disconnected'\n";

describe("the processes of a simulated guest", () => {
  const script = (sim: Simulator, text: string) => run(sim.bin, ["exec", "vm", "--", "sh", "-c", text]);

  /** A command that has begun, and that would leave a file behind once it may go on. */
  async function underWay(sim: Simulator): Promise<Running> {
    await run(sim.bin, ["launch", "--name", "vm"]);
    const text = "echo begun; while [ ! -e /tmp/go ]; do sleep 0.1; done; touch late";
    const running = begin(sim.bin, ["exec", "vm", "--", "sh", "-c", text]);
    await new Promise((begun) => running.child.stdout?.once("data", begun));
    return running;
  }

  const files = async (sim: Simulator) => {
    await run(sim.bin, ["start", "vm"]);
    await run(sim.bin, ["exec", "vm", "--", "touch", "/tmp/go"]);
    await pause(1_000);
    return (await run(sim.bin, ["exec", "vm", "--", "ls"])).stdout;
  };

  for (const args of [["stop", "--force"], ["stop"], ["suspend"]]) {
    it(`${args.join(" ")} breaks the connection of a command and ends it`, async () => {
      const sim = disposed(await startSimulator());
      const { done } = await underWay(sim);
      assert.equal((await run(sim.bin, [...args, "vm"])).code, 0);
      const { code, stdout, stderr } = await done;
      assert.deepEqual([code, stdout, stderr], [255, "begun\n", broken]);
      assert.equal(await files(sim), "");
    });
  }

  it("a restart ends it as well", async () => {
    const sim = disposed(await startSimulator());
    const { done } = await underWay(sim);
    await run(sim.bin, ["restart", "vm"]);
    assert.equal((await done).stderr, broken);
    assert.equal(await files(sim), "");
  });

  it("a guest that shuts itself down still answers the command that asked for it", async () => {
    const sim = disposed(await startSimulator());
    await run(sim.bin, ["launch", "--name", "vm"]);
    assert.equal((await script(sim, "sudo reboot")).code, 0);
    await until(async () => (await sim.world()).instances["vm"]?.boots === 2);
    await until(async () => (await sim.world()).instances["vm"]?.state === "Running");
    assert.equal((await script(sim, "sudo poweroff")).code, 0);
    await until(async () => (await sim.world()).instances["vm"]?.state === "Stopped");
  });

  it("delete --purge ends it, and leaves nothing of the guest", async () => {
    const sim = disposed(await startSimulator());
    const { done } = await underWay(sim);
    await run(sim.bin, ["delete", "--purge", "vm"]);
    assert.equal((await done).code, 255);
    await pause(500);
    assert.equal(existsSync(join(sim.dir, "guests", "vm.json")), false);
  });

  it("a transfer that still waits for its data writes nothing into an instance that is off", async () => {
    const sim = disposed(await startSimulator());
    await run(sim.bin, ["launch", "--name", "vm"]);
    const child = spawn(sim.bin, ["transfer", "-", "vm:late"], { stdio: ["pipe", "ignore", "pipe"] });
    const ended = new Promise((end) => child.on("close", end));
    await until(async () => (await sim.calls()).at(-1)?.argv[0] === "transfer");
    await pause(500);
    await run(sim.bin, ["stop", "vm"]);
    child.stdin.end("data");
    assert.equal(await ended, 2);
    await run(sim.bin, ["start", "vm"]);
    assert.equal((await script(sim, "ls")).stdout, "");
  });

  it("1.16: only the exit code shows a broken connection", async () => {
    const sim = disposed(await startSimulator({ version: "1.16.3" }));
    await until(async () => (await sim.world()).imageList.status === "good");
    const { done } = await underWay(sim);
    await run(sim.bin, ["stop", "vm"]);
    const { code, stderr } = await done;
    assert.deepEqual([code, stderr], [255, ""]);
  });

  it("keeps what a command wrote before the instance lost power", async () => {
    const sim = disposed(await startSimulator());
    await run(sim.bin, ["launch", "--name", "vm"]);
    const { child, done } = begin(sim.bin, ["exec", "vm", "--", "sh", "-c", "touch early; echo; sleep 60"]);
    await new Promise((begun) => child.stdout?.once("data", begun));
    await run(sim.bin, ["stop", "vm"]);
    await done;
    await sim.crashDaemon();
    await sim.startDaemon();
    await run(sim.bin, ["start", "vm"]);
    assert.equal((await script(sim, "ls")).stdout, "early\n");
  });

  it("mktemp follows the seed", async () => {
    const names = await Promise.all(
      [1, 1, 2].map(async (seed) => {
        const sim = disposed(await startSimulator({ seed }));
        await run(sim.bin, ["launch", "--name", "vm"]);
        return (await script(sim, "mktemp; mktemp")).stdout;
      }),
    );
    assert.equal(names[0], names[1]);
    assert.notEqual(names[0], names[2]);
    assert.equal(new Set(names[0]?.trim().split("\n")).size, 2);
  });

  it("end with 255 and a log record when a signal kills them", async () => {
    const sim = disposed(await startSimulator());
    await run(sim.bin, ["launch", "--name", "vm"]);
    const { code, stderr } = await script(sim, "kill -9 $$");
    assert.equal(code, 255);
    assert.match(stderr, /^\[.*\] \[error\] \[ssh client\] Process terminated by signal: KILL\n$/);
  });

  it("timeout kills a command that runs too long", async () => {
    const sim = disposed(await startSimulator());
    await run(sim.bin, ["launch", "--name", "vm"]);
    assert.equal((await script(sim, "timeout 0.2 sh -c 'sleep 1; touch late'")).code, 124);
    assert.equal(
      (await script(sim, "timeout 0.2 sh -c 'while true; do sleep 0.05; done'; echo $?")).stdout,
      "124\n",
    );
    assert.equal(
      (await script(sim, "timeout 5 sh -c 'echo in time; exit 3'; echo $?")).stdout,
      "in time\n3\n",
    );
    await pause(1_200);
    assert.equal((await script(sim, "ls")).stdout, "");
  });
});
