/**
 * Kills the process of every operation, by SIGKILL, right before and right after each command by which it changes anything. The next run
 * asks for the same again, since Pulumi has heard of nothing; it has to succeed, and the world to be what one undisturbed run makes of it.
 */
import assert from "node:assert/strict";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import type { FaultPlan, World } from "../../provider/testing/index.ts";
import { onSimulatedHost, type SimulatedHost } from "../support/simulated-host.ts";
import type { Order } from "./operation.ts";

/** Commands that change something. What was asked before one and after the one before leaves nothing to be told apart. */
const CHANGES =
  "alias|clone|delete|exec|mount|restore|set|snapshot|start|stop|suspend|transfer|umount|unalias";

interface Case {
  what: string;
  prepare: (host: SimulatedHost) => void;
  order: (host: SimulatedHost) => Pick<Order, "operation" | "with">;
  faults?: FaultPlan;
  /** How often each of these commands may succeed over both runs. */
  once?: string[];
  /** What besides the world has to be right: of the outcome, and of the host. */
  holds?: (outcome: unknown, host: SimulatedHost) => void;
}

const launch = ({ multipass }: SimulatedHost) => void multipass("launch", "--name", "dev");
const inDev = { instance: "dev", owner: "urn" };
const withSnapshot = (host: SimulatedHost) => {
  launch(host);
  host.multipass("stop", "dev");
  host.multipass("snapshot", "--name", "one", "dev");
  host.multipass("start", "dev");
};

const withNativeMount = (host: SimulatedHost) => {
  launch(host);
  host.multipass("stop", "dev");
  host.multipass("mount", "--type", "native", host.dir, "dev:/mnt");
  host.multipass("start", "dev");
};
const taken = { ...inDev, name: "one", comment: "", parent: "", created: "", ready: true };
const mirror = {
  key: "local.image.mirror",
  value: "https://two.example/",
  previous: "https://one.example/",
  owner: "urn",
};

const CASES: Case[] = [
  {
    what: "a snapshot",
    prepare: launch,
    order: () => ({ operation: "createSnapshot", with: [{ ...inDev, name: "one", comment: "said" }] }),
    once: ["snapshot"],
  },
  {
    what: "the removal of a snapshot",
    prepare: withSnapshot,
    order: () => ({
      operation: "deleteSnapshotResource",
      with: [{ ...inDev, name: "one", comment: "", parent: "", created: "", ready: true }],
    }),
  },
  {
    what: "the removal of a snapshot of a machine that has to be stopped for it",
    prepare: withSnapshot,
    faults: { commands: [{ command: "delete", text: 'Failed to get "write" lock' }] },
    order: () => ({
      operation: "deleteSnapshotResource",
      with: [{ ...inDev, name: "one", comment: "", parent: "", created: "", ready: true }],
    }),
  },
  {
    what: "a restore",
    prepare: withSnapshot,
    order: () => ({
      operation: "createRestore",
      with: [{ ...inDev, snapshot: "one", trigger: 1, discardCurrentState: true }],
    }),
  },
  {
    what: "a clone",
    prepare: launch,
    order: () => ({
      operation: "createClone",
      with: [{ source: "dev", name: "web", owner: "urn:web", cpus: 2 }],
    }),
    once: ["clone"],
  },
  {
    what: "a native mount",
    prepare: launch,
    order: ({ dir }) => ({
      operation: "createMount",
      with: [{ ...inDev, source: dir, target: "/mnt", type: "native" }],
    }),
  },
  {
    what: "another mount",
    prepare(host) {
      launch(host);
      host.multipass("mount", host.dir, "dev:/mnt");
    },
    order: ({ dir }) => ({
      operation: "updateMount",
      with: [
        { ...inDev, source: dir, target: "/mnt" },
        { ...inDev, source: join(dir, ".."), target: "/mnt" },
      ],
    }),
  },
  {
    what: "a file",
    prepare: launch,
    order: () => ({ operation: "createFile", with: [{ ...inDev, path: "/home/ubuntu/a", content: "a" }] }),
  },
  {
    what: "another alias",
    prepare(host) {
      launch(host);
      host.multipass("alias", "dev:ls", "list-it");
    },
    order: () => ({
      operation: "updateAlias",
      with: [
        { ...inDev, name: "list-it", command: "ls", context: "default" },
        { ...inDev, name: "list-it", command: "dir", workingDirectory: "default" },
      ],
    }),
  },
  {
    what: "a setting",
    prepare: (host) => void host.multipass("set", "local.image.mirror=https://one.example/"),
    order: () => ({
      operation: "createSetting",
      with: [{ key: "local.image.mirror", value: "https://two.example/", owner: "urn" }],
    }),
    holds(outcome, { multipass }) {
      const { outs } = outcome as { outs: { previous: string } };
      assert.equal(outs.previous, "https://one.example/");
      assert.equal(multipass("get", "local.image.mirror").trim(), "https://two.example/");
    },
  },
  {
    what: "another setting",
    prepare: (host) => void host.multipass("set", "local.image.mirror=https://two.example/"),
    order: () => ({
      operation: "updateSetting",
      with: [mirror, { ...mirror, value: "https://three.example/" }],
    }),
    holds: (_, { multipass }) =>
      assert.equal(multipass("get", "local.image.mirror").trim(), "https://three.example/"),
  },
  {
    what: "the end of a setting",
    prepare: (host) => void host.multipass("set", "local.image.mirror=https://two.example/"),
    order: () => ({ operation: "deleteSetting", with: [mirror] }),
    holds: (_, { multipass }) =>
      assert.equal(multipass("get", "local.image.mirror").trim(), "https://one.example/"),
  },
  {
    what: "another name and comment of a snapshot",
    prepare: withSnapshot,
    order: () => ({
      operation: "updateSnapshot",
      with: ["dev.one", taken, { ...inDev, name: "two", comment: "said" }],
    }),
  },
  {
    what: "a restore that is asked for anew",
    prepare: withSnapshot,
    order: () => ({
      operation: "updateRestore",
      with: [
        "dev.one",
        {
          ...inDev,
          snapshot: "one",
          trigger: 1,
          discardCurrentState: true,
          ready: true,
          restored: { trigger: 1, snapshot: "one", at: "" },
        },
        { ...inDev, snapshot: "one", trigger: 2, discardCurrentState: true },
      ],
    }),
  },
  {
    what: "another native mount",
    prepare: withNativeMount,
    order: ({ dir }) => ({
      operation: "updateMount",
      with: [
        { ...inDev, source: dir, target: "/mnt", type: "native" },
        { ...inDev, source: join(dir, ".."), target: "/mnt", type: "native" },
      ],
    }),
  },
  {
    what: "the end of a native mount",
    prepare: withNativeMount,
    order: ({ dir }) => ({
      operation: "deleteMount",
      with: [{ ...inDev, source: dir, target: "/mnt", type: "native" }],
    }),
  },
  {
    what: "another size of a clone",
    prepare: launch,
    order: () => ({
      operation: "updateClone",
      with: [
        { source: "golden", name: "dev", owner: "urn", ready: true, state: "Running" },
        { source: "golden", name: "dev", owner: "urn", cpus: 4 },
      ],
    }),
  },
  {
    what: "the end of a clone",
    prepare: launch,
    order: () => ({
      operation: "deleteClone",
      with: [{ source: "golden", name: "dev", owner: "urn", ready: true, state: "Running" }],
    }),
  },
];

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

for (const one of CASES) {
  describe(`${one.what} whose process is killed`, function () {
    this.timeout(240_000);

    it("is what it would have been, at whichever moment that was", async function () {
      // The client of this test is a script of a shell.
      if (process.platform === "win32") this.skip();
      const undisturbed = await play(one, undefined);
      assert.ok(undisturbed.changes > 0);
      for (let change = 1; change <= undisturbed.changes; change += 1) {
        for (const when of [`before ${change}`, `after ${change}`]) {
          try {
            assert.deepEqual((await play(one, when)).end, undisturbed.end);
          } catch (error) {
            (error as Error).message = `killed ${when}: ${(error as Error).message}`;
            throw error;
          }
        }
      }
    });
  });
}
