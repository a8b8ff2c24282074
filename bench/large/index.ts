import { cliStack, engineStack, findCli } from "../../test/engine/index.ts";
import { bestWay } from "../../test/support/ssh-hosts.ts";
import { type Metric, type Part, type RunOptions, rounded, table } from "../measure.ts";
import { type Cost, EACH, LargeLab, type Life, OPERATIONS, type Operation, sum } from "./lives.ts";

/** Seconds of processor time that this package costs, in its plugin and its calls of ssh. */
const ourTime = ({ processor: { plugin, ssh } }: Cost) => plugin + ssh;

const callsOf = ({ costs }: Life) => OPERATIONS.reduce((all, one) => all + sum(costs[one].calls), 0);

const ofKind = (lives: readonly Life[], kind: Life["kind"]) => lives.filter((one) => one.kind === kind);

function ratios(small: Life, large: Life): Record<string, Metric> {
  const growth = (value: (life: Life) => number) =>
    rounded(value(large) / large.count / (value(small) / small.count));
  const sizes = `for each of ${large.count} instances over that for each of ${small.count}`;
  const timed = (["create", "no-op", "refresh"] as const).map((operation): [string, Metric] => [
    `large.time.${operation}`,
    {
      what: `${operation}: processor time of the plugin and its ssh ${sizes}`,
      value: growth(({ costs }) => ourTime(costs[operation])),
      goal: 1.2,
    },
  ]);
  const memory = large.costs.create.memory.plugin - small.costs.create.memory.plugin;
  return {
    "large.calls": {
      what: `calls of the client ${sizes.replace("that", "those")}, in a whole life`,
      value: growth(callsOf),
      goal: 1.05,
    },
    // With few instances, the plugin's start hides what each costs.
    ...(large.count >= 500 && {
      ...Object.fromEntries(timed),
      "large.memory": {
        what: `MiB of plugin memory for each instance, between ${small.count} and ${large.count}`,
        value: rounded(memory / (large.count - small.count)),
      },
    }),
  };
}

function connections(lives: readonly Life[]): Record<string, Metric> {
  const most = Math.max(...lives.flatMap(({ costs }) => OPERATIONS.map((one) => costs[one].connections)));
  // Only a real server tells its connections.
  if (Number.isNaN(most)) return {};
  return {
    "large.connections": {
      what: "connections of ssh to one host in one operation, at most",
      value: most,
      goal: 1,
    },
  };
}

/** How much more Pulumi's engine works for each plain resource if there are more of them. */
function engine(small: Life, large: Life): Record<string, Metric> {
  const each = ({ costs, count }: Life) => costs.create.processor.engine / count;
  if (large.count < 500) return {};
  return {
    "large.engine": {
      what: `create without us: Pulumi's own processor time for each of ${large.count} resources over that for each of ${small.count}`,
      value: rounded(each(large) / each(small), 1),
    },
  };
}

function text(lives: readonly Life[], deployer: string): string {
  const all = ofKind(lives, "ours");
  const rows = (of: readonly Life[], value: (cost: Cost, life: Life) => string | number) =>
    of.map((life) => [
      life.kind === "ours" ? `${life.hosts} × ${life.count / life.hosts}` : `${life.count} plain`,
      ...OPERATIONS.map((operation) => value(life.costs[operation], life)),
    ]);
  const part = (of: readonly Life[], value: (cost: Cost, life: Life) => string | number) =>
    table(["", ...OPERATIONS], rows(of, value));
  const seconds = ({ processor: { plugin, ssh, engine, program, hosts } }: Cost) =>
    [plugin, ssh, engine, program, hosts].map((value) => value.toFixed(1)).join(" / ");
  const kinds = (cost: Cost) =>
    Object.entries(cost.calls)
      .filter(([, count]) => count > 0)
      .map(([command, count]) => `${command} ${count}`)
      .join(", ") || "none";
  return [
    `One stack with ${EACH} instances on each simulated host, through the plugin on the ${deployer}, over ${bestWay()}. Guests boot at once, and \`--parallel\` is as large as the stack. "Plain" resources have as much state and a provider that does nothing, so that they show what Pulumi costs without us. A destroy runs with \`PULUMI_SKIP_CHECKPOINTS\`, so that Pulumi writes the state only once.`,
    "Seconds of processor time: plugin / its calls of ssh / Pulumi's engine / the program / the simulated hosts, which share this computer:",
    part(lives, seconds),
    "Real seconds:",
    part(lives, (cost) => cost.seconds.toFixed(1)),
    "Calls of the client on all hosts:",
    part(all, kinds),
    "Commands over ssh, and the most connections that one host accepted for them. Each operation begins without connections, as an hour later:",
    part(all, (cost) => `${cost.sessions} / ${cost.connections}`),
    "Resident memory of the plugin / of the engine at most, in MiB:",
    part(lives, ({ memory }) => `${memory.plugin.toFixed(0)} / ${memory.engine.toFixed(0) || "-"}`),
    `The state's file has ${all.map(({ count, costs }) => `${costs["no-op"].state.toFixed(0)} KiB with ${count} instances`).join(", ")}. Pulumi writes all of it after each step of a create and, without that variable, of a destroy, which is why its own time grows with the square of the resources.`,
  ].join("\n\n");
}

const line = (operation: Operation, { seconds, calls, processor }: Cost) =>
  `${operation} ${sum(calls)} calls in ${seconds.toFixed(1)} s (plugin ${processor.plugin.toFixed(1)} s, ssh ${processor.ssh.toFixed(1)} s, engine ${processor.engine.toFixed(1)} s)`;

async function run({ quick, say }: RunOptions) {
  if (process.platform !== "linux") throw new Error("Only Linux tells the processes' time apart.");
  const version = findCli();
  const [name, open] = version
    ? ([`Pulumi CLI ${version}`, cliStack] as const)
    : (["test engine", engineStack] as const);
  if (!version) say("*** NO `pulumi` ON THE PATH: measured on the test engine, which is not Pulumi's ***");
  const [each, sizes] = quick ? [4, [2, 4]] : [EACH, [5, 20, 50]];
  const lives: Life[] = [];
  let missing = 0;
  await LargeLab.open({ name, open }, Math.max(...sizes), async (lab) => {
    for (const hosts of sizes) {
      for (const kind of ["plain", "ours"] as const) {
        const life = await lab.life(kind, hosts, each);
        lives.push(life);
        say(`${life.count} ${kind}: ${OPERATIONS.map((one) => line(one, life.costs[one])).join("; ")}`);
      }
    }
    missing = await lab.heldUp(4, 4);
  });
  const [small, large] = [ofKind(lives, "ours")[0], ofKind(lives, "ours").at(-1)] as [Life, Life];
  const [fewPlain, manyPlain] = [ofKind(lives, "plain")[0], ofKind(lives, "plain").at(-1)] as [Life, Life];
  const metrics: Record<string, Metric> = {
    ...ratios(small, large),
    ...connections(ofKind(lives, "ours")),
    "large.held-up": {
      what: "instances of other hosts that wait for a host that is down",
      value: missing,
      goal: 0,
    },
    ...engine(fewPlain, manyPlain),
  };
  return { metrics, text: text(lives, name) };
}

const LEFT = `Why goals can be missed:

- **Calls:** instances that become ready at about the same time share one question for their addresses (\`info\`). Fifty hosts on one computer are slower, so fewer instances are ready together. All other calls grow with the instances or the hosts.`;

export const large: Part = { id: "large", title: "A thousand instances over fifty hosts", run, left: LEFT };
