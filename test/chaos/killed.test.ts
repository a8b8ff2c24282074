/**
 * Kills the process of every operation, by SIGKILL, right before and right after each command by which it changes anything. The next run
 * asks for the same again, since Pulumi has heard of nothing; it has to succeed, and the world to be what one undisturbed run makes of it.
 */
import assert from "node:assert/strict";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import type { World } from "../../simulator/src/index.ts";
import { onSimulatedHost, type SimulatedHost } from "../support/simulated-host.ts";
import { CASES, type Case } from "./killed-cases.ts";
import type { Order } from "./operation.ts";

/** Commands that change something. What was asked before one and after the one before leaves nothing to be told apart. */
const CHANGES =
  "alias|clone|delete|exec|mount|restore|set|snapshot|start|stop|suspend|transfer|umount|unalias";

/** A client that kills whoever called it at the n-th change, before or after it is made, and counts the changes. */
function deadlyClient({ sim, dir }: SimulatedHost) {
  const path = join(dir, "client");
  const moment = join(dir, "moment");
  const count = join(dir, "count");
  const script = `#!/bin/sh
case "$1" in
  ${CHANGES.replaceAll("|", " | ")}) echo "$1" >> '${count}' ;;
  *) exec '${sim.bin}' "$@" ;;
esac
at="$(wc -l < '${count}' | tr -d ' ')"
[ "$(cat '${moment}' 2>/dev/null)" = "before $at" ] && { kill -9 $PPID; exit 1; }
'${sim.bin}' "$@"
code=$?
[ "$(cat '${moment}' 2>/dev/null)" = "after $at" ] && kill -9 $PPID
exit $code
`;
  writeFileSync(path, script, { mode: 0o755 });
  return {
    path,
    /** Changes so far. */
    async changes() {
      return existsSync(count) ? (await execa("wc", ["-l", count])).stdout.trim().split(" ")[0] : "0";
    },
    killsAt: (when: string) => writeFileSync(moment, when),
  };
}

/** What Pulumi would see: without moments, addresses and other accidents. */
const shape = ({ instances }: World, dir: string) =>
  Object.fromEntries(
    Object.entries(instances).map(([name, { state, cpus, mounts, snapshots }]) => [
      name,
      {
        state,
        cpus,
        mounts: Object.entries(mounts).map(([target, mount]) => [
          target,
          JSON.stringify(mount).replaceAll(dir, "DIR"),
        ]),
        snapshots: Object.entries(snapshots).map(([one, { comment }]) => [one, comment]),
      },
    ]),
  );

async function play({ prepare, faults = {}, order, once = [], holds }: Case, kill: string | undefined) {
  let changes = 0;
  let end: unknown;
  await onSimulatedHost({}, async (host) => {
    prepare(host);
    await host.sim.setFaults(faults);
    const before = (await host.sim.calls()).length;
    const client = deadlyClient(host);
    const full: Order = { ...order(host), client: client.path, scale: 20 };
    const run = () =>
      execa("node", ["--disable-warning=ExperimentalWarning", join(import.meta.dirname, "operation.ts")], {
        input: JSON.stringify(full),
        env: { ...host.sim.env, PULUMI_MULTIPASS_STATE_DIR: join(host.dir, "journal") },
        reject: false,
      });
    if (kill !== undefined) {
      client.killsAt(kill);
      assert.equal((await run()).signal, "SIGKILL");
      client.killsAt("never");
    }
    const { stdout, stderr, exitCode } = await run();
    assert.equal(exitCode, 0, stderr);
    changes = Number(await client.changes());
    const calls = (await host.sim.calls()).slice(before);
    for (const command of once)
      assert.equal(
        calls.filter((call) => call.argv[0] === command && call.exitCode === 0).length,
        1,
        command,
      );
    holds?.(JSON.parse(stdout), host);
    end = shape(await host.sim.world(), host.dir);
  });
  return { changes, end };
}

/** A task that is carried out when it is first asked for. */
function once<T>(task: () => Promise<T>): () => Promise<T> {
  let result: Promise<T> | undefined;
  return () => {
    result ??= task();
    return result;
  };
}

/** The cases that `npm test` plays as well: one in the daemon, one in a guest. */
const OFTEN = new Set(["a clone", "a file"]);

for (const one of CASES) {
  describe(`${one.what} whose process is killed`, function () {
    this.timeout(240_000);

    const undisturbed = once(() => play(one, undefined));

    /** The client of these tests is a script of a shell. */
    const test = (title: string, body: () => Promise<void>) =>
      it(title, process.platform === "win32" ? undefined : body);

    async function comesToTheSame(when: string): Promise<void> {
      try {
        assert.deepEqual((await play(one, when)).end, (await undisturbed()).end);
      } catch (error) {
        (error as Error).message = `killed ${when}: ${(error as Error).message}`;
        throw error;
      }
    }

    const tag = OFTEN.has(one.what) ? "" : " [long]";
    test(`is what it would have been, after its first change${tag}`, async () => {
      assert.ok((await undisturbed()).changes > 0);
      await comesToTheSame("after 1");
    });

    test("is what it would have been, at whichever moment that was [long]", async () => {
      const { changes } = await undisturbed();
      await comesToTheSame("before 1");
      for (let change = 2; change <= changes; change += 1) {
        for (const when of [`before ${change}`, `after ${change}`]) await comesToTheSame(when);
      }
    });
  });
}
