import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { delimiter, join, resolve } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import schema from "../../provider/doors/plugin/schema.json" with { type: "json" };
import { serveMonitor } from "../engine/monitor.ts";
import { Plugin } from "../engine/plugin.ts";
import { InitError } from "../engine/plugin-errors.ts";
import { readProject } from "../engine/project.ts";
import { type Props, revealProps, type Value } from "../engine/values.ts";
import type { SimulatedHost } from "../support/simulated-host.ts";
import { until } from "../support/until.ts";
import type { DeadlyClient } from "./deadly-client.ts";
import type { Order } from "./operation.ts";

const PACKAGE = "multipass-lab";
const folder = resolve(import.meta.dirname, "../../dist/plugin");

/** What an engine remembers of a resource. */
interface Kept {
  id: string;
  inputs: Props;
  outputs: Props;
  /** Its last operation ended with an initialisation error. */
  isUnfinished?: boolean;
}

/** How a run ends early. The client kills the plugin itself. */
export type Ending = "the plugin is killed" | "the engine is killed" | "Ctrl-C" | "the connection is cut";

/** A run's result for the next one, and its error if it failed. */
interface Ended {
  kept?: Kept | undefined;
  error?: Error;
}

/**
 * As much of an engine as one resource of the plugin needs: asks what Pulumi asks, in its order, and remembers
 * what Pulumi would write down.
 */
export class PluginEngine {
  readonly #host: SimulatedHost;
  readonly #client: DeadlyClient;
  readonly #order: Operation;
  #kept: Kept | undefined;

  constructor(host: SimulatedHost, client: DeadlyClient, order: Pick<Order, "operation" | "with">) {
    this.#host = host;
    this.#client = client;
    this.#order = operationOf(order);
    this.#kept = this.#order.kept;
    writeFileSync(join(host.dir, "Pulumi.yaml"), "name: lab\nruntime: nodejs\n");
  }

  /**
   * Carries the operation out by a plugin of its own, which is gone afterwards.
   *
   * @param ending what happens when the client acts
   */
  async run(ending?: Ending): Promise<{ outcome: unknown; error?: Error | undefined }> {
    const { dir, sim } = this.#host;
    const said: string[] = [];
    const monitor = await serveMonitor(
      { project: "lab", stack: "test", dryRun: false, parallel: 1 },
      {
        ...({} as Parameters<typeof serveMonitor>[1]),
        log: ({ message }) => said.push(message),
        stopped: new AbortController().signal,
      },
    );
    const PATH = [folder, process.env["PATH"]].join(delimiter);
    const plugin = await Plugin.native(
      {
        project: readProject(dir, "test"),
        engineAddress: monitor.address,
        env: { ...sim.env, PULUMI_MULTIPASS_STATE_DIR: join(dir, "journal"), PATH },
        detached: true,
        onOutput: (line) => said.push(line),
      },
      PACKAGE,
    );
    try {
      await plugin.configure({ multipassPath: this.#client.path });
      const running = this.#carryOut(plugin);
      const ended = await this.#until(ending, running, plugin, () => monitor.close());
      if (ended) this.#kept = ended.kept;
      return { outcome: this.#outcome(), error: ended?.error };
    } finally {
      await plugin.stop();
      monitor.close();
    }
  }

  /** @returns undefined if the engine has not lived to see the answer */
  async #until(
    ending: Ending | undefined,
    running: Promise<Ended>,
    plugin: Plugin,
    loseEngine: () => void,
  ): Promise<Ended | undefined> {
    if (ending !== "the engine is killed" && ending !== "Ctrl-C") return running;
    await this.#client.waits();
    if (ending === "Ctrl-C") {
      await plugin.cancel();
      this.#client.goOn();
      return running;
    }
    loseEngine();
    // The plugin notices after half a second.
    await delay(1_000);
    this.#client.goOn();
    await until(() => !runs(plugin.pid));
    await running;
    return undefined;
  }

  async #carryOut(plugin: Plugin): Promise<Ended> {
    const { of, isDelete, news } = this.#order;
    const kept = this.#kept;
    let inputs: Props = {};
    try {
      if (isDelete) {
        if (kept) await plugin.delete(of, kept.id, kept);
        return {};
      }
      const checked = await plugin.check(of, kept?.inputs, news);
      assert.deepEqual(checked.failures, []);
      inputs = checked.inputs;
      if (!kept) return { kept: { ...(await plugin.create(of, inputs)), inputs } };
      const { changes } = await plugin.diff(of, kept.id, kept, inputs);
      if (changes === "none" && !kept.isUnfinished) return { kept };
      return { kept: { id: kept.id, inputs, outputs: await plugin.update(of, kept.id, kept, inputs) } };
    } catch (thrown) {
      const error = thrown as Error;
      if (!(error instanceof InitError)) return { kept, error };
      const { id, outputs } = error;
      return { kept: { id: id || (kept?.id ?? ""), inputs, outputs, isUnfinished: true }, error };
    }
  }

  #outcome(): unknown {
    return this.#kept && { id: this.#kept.id, outs: revealProps(this.#kept.outputs) };
  }
}

interface Operation {
  of: { urn: string; name: string; type: string };
  isDelete: boolean;
  kept?: Kept | undefined;
  news: Props;
}

type Properties = Record<string, Value>;

/** An order to the core, as the engine would give it to the plugin. */
function operationOf({ operation, with: given }: Pick<Order, "operation" | "with">): Operation {
  const [, verb, kind = ""] = /^(create|update|delete)([A-Z][a-z]+)/.exec(operation) ?? [];
  const type = `${PACKAGE}:index:${kind}`;
  const spec = (schema.resources as Record<string, { inputProperties: object; properties: object }>)[type];
  assert.ok(spec, operation);
  const id = given.find((one) => typeof one === "string") ?? "id";
  const properties = given.filter((one) => typeof one === "object") as Properties[];
  const news = properties.at(-1) ?? {};
  const olds = properties[0] ?? {};
  const inputsOf = (all: Properties) => pick(all, (name) => name in spec.inputProperties);
  const internal = Object.entries(pick(olds, (name) => !(name in spec.properties)));
  return {
    of: { urn: String(news["owner"]), name: "one", type },
    isDelete: verb === "delete",
    news: inputsOf(news),
    kept:
      verb === "create"
        ? undefined
        : {
            id,
            inputs: inputsOf(olds),
            outputs: {
              ...pick(olds, (name) => name in spec.properties),
              ...Object.fromEntries(internal.map(([name, value]) => [`__${name}`, value])),
            },
          },
  };
}

const pick = (all: Properties, which: (name: string) => boolean): Props =>
  Object.fromEntries(Object.entries(all).filter(([name]) => which(name)));

function runs(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
