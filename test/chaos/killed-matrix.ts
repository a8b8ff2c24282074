import assert from "node:assert/strict";
import { symlinkSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import type { World } from "../../simulator/src/index.ts";
import { onSimulatedHost, type SimulatedHost } from "../support/simulated-host.ts";
import { openSshHosts, type Way } from "../support/ssh-hosts.ts";
import { type Act, DeadlyClient } from "./deadly-client.ts";
import { CASES, type Case } from "./killed-cases.ts";
import type { Order } from "./operation.ts";
import { type Ending, PluginEngine } from "./plugin-engine.ts";

/** Who carries an operation out: a process with the core alone, or the plugin. */
export interface Door {
  name: string;
  /** How the host of its Multipass is reached; undefined for this computer. */
  way?: Way | undefined;
  /** How a run can end early. */
  endings: readonly Ending[];
  open(host: SimulatedHost, client: DeadlyClient, order: Pick<Order, "operation" | "with">): Runner;
}

interface Runner {
  /**
   * Carries the operation out, or as much of it as its end allows. The next run asks for the same again, with
   * what an engine remembers of this one.
   */
  run(ending?: Ending): Promise<{ outcome: unknown; error?: Error | undefined }>;
}

export const CORE: Door = {
  name: "the core",
  endings: ["the plugin is killed"],
  open: ({ sim, dir, name }, client, order) => ({
    async run() {
      const full: Order = { ...order, client: client.path, host: name, scale: 20 };
      const operation = join(import.meta.dirname, "operation.ts");
      const running = execa("node", ["--disable-warning=ExperimentalWarning", operation], {
        input: JSON.stringify(full),
        env: { ...sim.env, PULUMI_MULTIPASS_STATE_DIR: join(dir, "journal") },
        reject: false,
      });
      client.isAskedBy(running.pid);
      const { failed, signal, stdout, stderr } = await running;
      return failed
        ? { outcome: undefined, error: new Error(signal ?? stderr) }
        : { outcome: JSON.parse(stdout) };
    },
  }),
};

export const PLUGIN: Door = {
  name: "the plugin",
  endings: ["the plugin is killed", "the engine is killed", "Ctrl-C"],
  open: (host, client, order) => new PluginEngine(host, client, order),
};

/** A door over ssh: then the connection can be lost as well. */
export const farOf = (door: Door, way: Way): Door => ({
  ...door,
  name: `${door.name} over ${way}`,
  way,
  endings: [...door.endings, "the connection is cut"],
});

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

/** What the client does for each end. */
const ACT_OF: Record<Ending, Act> = {
  "the plugin is killed": "kill -9",
  "the engine is killed": "wait",
  "Ctrl-C": "wait",
  "the connection is cut": "cut",
};

interface Kill {
  /** Such as `before 2`. */
  moment: string;
  ending: Ending;
}

async function play(
  { prepare, faults = {}, order, once = [], holds }: Case,
  door: Door,
  kill: Kill | undefined,
): Promise<{ changes: number; end: unknown }> {
  let changes = 0;
  let end: unknown;
  const ssh = door.way && (await openSshHosts(door.way));
  await onSimulatedHost({ ssh }, async (host) => {
    if (ssh && host.name) symlinkSync(ssh.cutter(host.name), join(host.dir, "cut"));
    prepare(host);
    await host.sim.setFaults(faults);
    const before = (await host.sim.calls()).length;
    const client = new DeadlyClient(host, ACT_OF[kill?.ending ?? "the plugin is killed"]);
    const runner = door.open(host, client, order(host));
    let ended: Awaited<ReturnType<Runner["run"]>> | undefined;
    if (kill) {
      client.actsAt(kill.moment);
      ended = await runner.run(kill.ending);
      if (kill.ending === "the plugin is killed") assert.match(String(ended.error), /SIGKILL|plugin is gone/);
      client.actsAt("never");
    }
    // An operation that has lost only its connection may get to its end by itself.
    const isOver = kill?.ending === "the connection is cut" && !ended?.error;
    const { outcome, error } = isOver && ended ? ended : await runner.run();
    assert.equal(error, undefined);
    changes = await client.changes();
    const calls = (await host.sim.calls()).slice(before);
    for (const command of once)
      assert.equal(
        calls.filter((call) => call.argv[0] === command && call.exitCode === 0).length,
        1,
        command,
      );
    holds?.(outcome, host);
    end = shape(await host.sim.world(), host.dir);
  }).finally(() => ssh?.[Symbol.asyncDispose]());
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

/**
 * The moments besides the one after the first change. The core decides what is done, so it is ended at each of
 * them; the doors and the connection around it at the first and at the last ones.
 */
function momentsOf(door: Door, changes: number): string[] {
  const all = Array.from({ length: changes }, (_, index) => [`before ${index + 1}`, `after ${index + 1}`]);
  const others = all.flat().filter((moment) => moment !== "after 1");
  return door === CORE ? others : [...new Set([...others.slice(0, 1), ...others.slice(-2)])];
}

/**
 * Ends every operation early, right before and right after each command by which it changes anything. The next
 * run asks for the same again; it has to succeed, and the world to be what one undisturbed run makes of it.
 *
 * @param often the cases whose first change `npm test` plays as well
 */
export function killedAtEveryMoment(door: Door, often: readonly string[] = []): void {
  for (const one of CASES) {
    const undisturbed = once(() => play(one, door, undefined));
    for (const ending of door.endings) {
      describe(`${one.what}, by ${door.name}, when ${ending}`, function () {
        this.timeout(240_000);

        /** The client of these tests is a script of a shell. */
        const test = (title: string, body: () => Promise<void>) =>
          it(title, process.platform === "win32" ? undefined : body);

        async function comesToTheSame(moment: string): Promise<void> {
          try {
            assert.deepEqual((await play(one, door, { moment, ending })).end, (await undisturbed()).end);
          } catch (error) {
            (error as Error).message = `${moment}: ${(error as Error).message}`;
            throw error;
          }
        }

        const tag = often.includes(one.what) ? "" : " [long]";
        test(`is what it would have been, after its first change${tag}`, async () => {
          assert.ok((await undisturbed()).changes > 0);
          await comesToTheSame("after 1");
        });

        test("is what it would have been, at whichever moment that was [long]", async () => {
          for (const moment of momentsOf(door, (await undisturbed()).changes)) await comesToTheSame(moment);
        });
      });
    }
  }
}
