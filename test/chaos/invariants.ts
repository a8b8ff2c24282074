import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseDuration } from "../../provider/core/operation/deadline.ts";
import { parseSize } from "../../provider/driver/size.ts";
import { type Chaos, TIMEOUTS } from "./stack.ts";

/** Instances that are there before the stack, and belong to somebody else. */
export const OTHERS = ["alice", "bob"];
/** Real milliseconds that an operation may take beyond its deadline: its last call has to end, on a machine that may be busy. */
const SLACK_MS = 6_000;

/** At any time: no resource has two machines, and there is none that nobody remembers. */
export async function assertNoneForgotten({ sim, stack, program, adopted }: Chaos): Promise<void> {
  const { instances } = await sim.world();
  const ours = Object.keys(instances).filter((name) => !OTHERS.includes(name));
  const remembered = await stack.remembered();
  for (const name of ours)
    assert.ok(remembered.has(name) || adopted.includes(name), `nobody remembers ${name}`);
  assert.ok(ours.length <= program.size, `${ours} for ${program.size} resources`);
}

/** Every machine of the stack is there once, as it is asked for and as it is written down; and no other one is. */
export async function assertSameWorld({ sim, stack, program }: Chaos): Promise<void> {
  const { instances } = await sim.world();
  const ours = Object.keys(instances).filter((name) => !OTHERS.includes(name));
  assert.deepEqual(
    ours.sort(),
    [...stack.state.values()].map(({ id }) => id).sort(),
    "machines, and those in the state",
  );
  assert.equal(stack.state.size, program.size);
  for (const [resource, args] of program) {
    const { id, outs } = stack.state.get(resource) ?? assert.fail(`${resource} is not in the state`);
    const instance = instances[id] ?? assert.fail(`${id} is not in the world`);
    if (args["name"] !== undefined) assert.equal(id, args["name"]);
    const state = { stopped: "Stopped", suspended: "Suspended" }[String(args["powerState"])] ?? "Running";
    assert.deepEqual(
      [instance.state, instance.deleted, instance.cpus, instance.memory, instance.disk],
      [state, false, args["cpus"], parseSize(String(args["memory"])), parseSize(String(args["disk"]))],
      `${id} in the world`,
    );
    const wanted = (args["mounts"] ?? []) as { source: string; target: string }[];
    assert.deepEqual(
      Object.fromEntries(Object.entries(instance.mounts).map(([target, { source }]) => [target, source])),
      Object.fromEntries(wanted.map(({ source, target }) => [target, source])),
      `mounts of ${id}`,
    );
    assert.deepEqual(
      [outs.ready, outs.state, outs.cpus, ...[outs.memory, outs.disk].map((size) => parseSize(String(size)))],
      // A refresh writes sizes as Multipass shows them.
      [true, state, args["cpus"], ...[args["memory"], args["disk"]].map((size) => parseSize(String(size)))],
      `${id} in the state`,
    );
  }
}

/** Nothing of ours is left, and nobody else has noticed anything. */
export async function assertAlone({ sim, adopted }: Chaos): Promise<void> {
  const { instances, preparing } = await sim.world();
  assert.deepEqual(Object.keys(instances).sort(), [...OTHERS].sort(), "machines that are left");
  assert.deepEqual(preparing, {});
  for (const name of OTHERS) assert.equal(instances[name]?.cpus, 2);
  // The first calls made the others.
  for (const { argv } of (await sim.calls()).slice(OTHERS.length + adopted.length + 1)) assertHarmless(argv);
}

/** A call that can concern nobody but this stack. */
export function assertHarmless(argv: readonly string[]): void {
  const line = argv.join(" ");
  assert.ok(!OTHERS.some((name) => argv.some((word) => word === name || word.includes(`.${name}.`))), line);
  assert.ok(argv[0] !== "purge" && !argv.includes("--all"), line);
  // These without a name mean every instance, or the primary one.
  if (["delete", "stop", "start", "suspend", "restart", "recover"].includes(argv[0] as string)) {
    assert.ok(
      argv.slice(1).some((word, index, rest) => !word.startsWith("-") && rest[index - 1] !== "--timeout"),
      line,
    );
  }
}

/** What is handed in as user-data is found nowhere but where it has to be. */
export async function assertNoSecret({ sim, stack, dir, reports }: Chaos, secret: string): Promise<void> {
  for (const { argv } of await sim.calls())
    assert.ok(!argv.join(" ").includes(secret), "in the arguments of a call");
  for (const text of stack.shown) assert.ok(!text.includes(secret), `in what was shown: ${text}`);
  for (const { errors } of reports) assert.ok(!errors.join().includes(secret), "in an error");
  for (const entry of readdirSync(join(dir, "journal"), { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const file = join(entry.parentPath, entry.name);
    assert.ok(!readFileSync(file, "utf8").includes(secret), `in ${file}`);
  }
}

export function assertInTime({ reports }: Chaos, scale: number): void {
  for (const { op, resource, ms } of reports.flatMap(({ durations }) => durations)) {
    // An update that finishes a create has the time of one.
    const timeout = TIMEOUTS[op] ?? assert.fail(op);
    const limit = (parseDuration(timeout) as number) / scale + SLACK_MS;
    assert.ok(ms <= limit, `${op} of ${resource} took ${ms} ms of ${limit}`);
  }
}
