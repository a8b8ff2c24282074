import { statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { type HostsLab, withHosts } from "../../test/e2e/hosts-lab.ts";
import type { DoorDeployer } from "../../test/e2e/lab.ts";
import { bestWay } from "../../test/support/ssh-hosts.ts";
import { type Shares, Watch } from "./watch.ts";

export const OPERATIONS = ["create", "no-op", "refresh", "destroy"] as const;
export type Operation = (typeof OPERATIONS)[number];

/** What one operation on a whole stack cost. */
export interface Cost extends Shares {
  /** Real seconds. */
  seconds: number;
  /** Runs of the client on all hosts, by subcommand. */
  calls: Record<string, number>;
  /** Commands that ran over ssh. */
  sessions: number;
  /** The most connections that one host accepted. */
  connections: number;
  /** KiB of the stack's state afterwards. */
  state: number;
}

/** Calls by subcommand; sessions and connections by host. */
type Seen = Record<"calls" | "sessions" | "connections", Record<string, number>>;

/** The life of one stack. */
export interface Life {
  kind: "ours" | "plain";
  hosts: number;
  count: number;
  costs: Record<Operation, Cost>;
}

/** Instances on each host. */
export const EACH = 20;

/** Characters that make the state of a plain resource as large as that of an instance. */
const FILLER = 900;

/** Lets Pulumi's engine write the state only at the end. */
const NOT_WRITTEN = { PULUMI_EXPERIMENTAL: "true", PULUMI_SKIP_CHECKPOINTS: "true" };

const repository = join(import.meta.dirname, "../..");

const namesOf = (hosts: number) => Array.from({ length: hosts }, (_, index) => `lab${index + 1}`);

const SIZES = `image: "24.04", cpus: 1, memory: "1G", disk: "5G"`;

const ours = (hosts: readonly string[], each: number, more = "") => `
for (const host of ${JSON.stringify(hosts)})
  for (let i = 0; i < ${each}; i++)
    new multipass.Instance(host + "-" + i, { name: "vm" + i, host, ${SIZES}, ${more} });`;

/** As many resources of a provider that does nothing. */
const plain = (count: number) => `
import * as pulumi from "@pulumi/pulumi";
class Plain extends pulumi.CustomResource {
  constructor(name, args) { super("plain:index:Plain", name, args); }
}
for (let i = 0; i < ${count}; i++) new Plain("vm" + i, { name: "vm" + i, host: "lab1", ${SIZES} });`;

/** A stack over many simulated hosts behind real servers of ssh, if this computer has some. */
export class LargeLab {
  readonly #lab: HostsLab;
  readonly #env: Record<string, string>;

  private constructor(lab: HostsLab) {
    this.#lab = lab;
    // Nobody else's connections are in this folder.
    this.#env = { XDG_RUNTIME_DIR: lab.ssh?.dir ?? lab.dir, PLAIN_STATE: String(FILLER) };
    const install = (name: string, script: string) =>
      writeFileSync(
        join(lab.dir, "bin", `pulumi-resource-${name}`),
        `#!/bin/sh\nexec "${process.execPath}" --disable-warning=ExperimentalWarning "${join(repository, script)}" "$@"\n`,
        { mode: 0o755 },
      );
    install("multipass-lab", "dist/plugin/pulumi-resource-multipass-lab");
    install("plain", "bench/large/plain-provider.ts");
  }

  static open(deployer: DoorDeployer, hosts: number, use: (lab: LargeLab) => Promise<void>): Promise<void> {
    return withHosts(
      { ...deployer, door: "plugin" },
      {},
      namesOf(hosts),
      (lab) => use(new LargeLab(lab)),
      bestWay(),
    );
  }

  async life(kind: Life["kind"], hosts: number, each: number): Promise<Life> {
    const count = hosts * each;
    this.#lab.write(kind === "ours" ? ours(namesOf(hosts), each) : plain(count));
    const costs: Partial<Life["costs"]> = {};
    for (const operation of OPERATIONS) {
      // Pulumi writes even longer than in the create, which tells enough of it.
      const env = operation === "destroy" ? NOT_WRITTEN : {};
      costs[operation] = await this.#cost(operation, count, env);
    }
    return { kind, hosts, count, costs: costs as Life["costs"] };
  }

  /** Takes one of the hosts off the network. @returns how many instances of others waited for it */
  async heldUp(hosts: number, each: number): Promise<number> {
    const { ssh, stack, worlds } = this.#lab;
    const [off = "", ...others] = namesOf(hosts);
    this.#lab.write(ours([off, ...others], each, `retry: { initialDelay: "300ms", maxDelay: "1s" }`));
    const running = async () => {
      const all = await Promise.all(others.map((name) => worlds[name]?.world()));
      return all.flatMap((world) => Object.values(world?.instances ?? {})).filter(isRunning).length;
    };
    await ssh?.down(off);
    const up = stack.up({ parallel: hosts * each, env: this.#env });
    const wanted = others.length * each;
    for (let tries = 0; tries < 600 && (await running()) < wanted; tries++) await delay(200);
    const missing = wanted - (await running());
    await ssh?.up(off);
    for (const result of [await up, await stack.destroy({ env: this.#env })])
      if (!result.ok) throw new Error(result.text);
    return missing;
  }

  async #cost(operation: Operation, count: number, env: Record<string, string>): Promise<Cost> {
    const { stack, ssh } = this.#lab;
    // An operation uses the connections of the one before, if that is less than a minute ago. Small stacks
    // would profit from that, and large ones would not.
    for (const name of Object.keys(this.#lab.worlds)) await ssh?.cut(name);
    const before = await this.#seen();
    const watch = new Watch({ isEngine: stack.kind === "engine" });
    const started = performance.now();
    const act = operation === "create" || operation === "no-op" ? stack.up : stack[operation];
    // All at once, so that the engine's own limit does not matter.
    const result = await act.call(stack, { parallel: count, env: { ...this.#env, ...env } });
    const seconds = (performance.now() - started) / 1000;
    const shares = watch.stop();
    if (!result.ok) throw new Error(`${operation} failed: ${result.text}`);
    const after = await this.#seen();
    return {
      ...shares,
      seconds,
      calls: less(after.calls, before.calls),
      sessions: sum(less(after.sessions, before.sessions)),
      connections: Math.max(...Object.values(less(after.connections, before.connections))),
      state: statSync(stack.stateFile).size / 1024,
    };
  }

  /** What all hosts have seen so far. */
  async #seen(): Promise<Seen> {
    const seen: Seen = { calls: {}, sessions: {}, connections: {} };
    for (const [name, world] of Object.entries(this.#lab.worlds)) {
      for (const { argv } of await world.calls()) {
        const command = argv[0] ?? "";
        seen.calls[command] = (seen.calls[command] ?? 0) + 1;
      }
      const { connections = 0, sessions = 0 } = this.#lab.ssh?.counts(name) ?? {};
      seen.sessions[name] = sessions;
      seen.connections[name] = connections;
    }
    return seen;
  }
}

const isRunning = ({ state, deleted }: { state: string; deleted: boolean }) =>
  state === "Running" && !deleted;

const less = (after: Record<string, number>, before: Record<string, number>) =>
  Object.fromEntries(Object.entries(after).map(([key, value]) => [key, value - (before[key] ?? 0)]));

export const sum = (numbers: Record<string, number>): number =>
  Object.values(numbers).reduce((total, number) => total + number, 0);
