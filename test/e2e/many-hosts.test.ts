import assert from "node:assert/strict";
import { engineStack } from "../engine/index.ts";
import { bestWay, needsWay } from "../support/ssh-hosts.ts";
import { type HostsLab, withHosts } from "./hosts-lab.ts";
import { doors, succeeded } from "./lab.ts";

const HOSTS = 10;
const EACH = 10;

const RETRY = `retry: { initialDelay: "300ms", maxDelay: "1s" }`;

const namesOf = (count: number) => Array.from({ length: count }, (_, index) => `lab${index + 1}`);

const program = (hosts: readonly string[], each = EACH, more = "") => `
for (const host of ${JSON.stringify(hosts)})
  for (let i = 0; i < ${each}; i++)
    new multipass.Instance(host + "-" + i, { name: "vm" + i, host, cpus: 1, memory: "1G", disk: "5G", ${more} });`;

/** What one host is asked for. */
interface Cost {
  launches: number;
  deletes: number;
  /** Everything else that the client was called for. */
  questions: number;
  sessions: number;
  connections: number;
}

type Operation = "create" | "no-op" | "refresh" | "destroy";

/** What each operation costs each host. */
async function costs({ stack, worlds, ssh }: HostsLab): Promise<Record<Operation, Cost[]>> {
  const seen = async () =>
    Promise.all(
      Object.entries(worlds).map(async ([name, world]) => {
        const commands = (await world.calls()).map(({ argv }) => argv[0]);
        const count = (command: string) => commands.filter((one) => one === command).length;
        const [launches, deletes] = [count("launch"), count("delete")];
        return { launches, deletes, questions: commands.length - launches - deletes, ...countsOf(name) };
      }),
    );
  const countsOf = (name: string) => ssh?.counts(name) ?? { connections: 0, sessions: 0 };
  const during = async (work: () => Promise<unknown>): Promise<Cost[]> => {
    const before = await seen();
    await work();
    return (await seen()).map((after, index) => less(after, before[index] as Cost));
  };
  // All at once, so that the engine's own limit does not tell the hosts apart.
  const parallel = HOSTS * EACH;
  return {
    create: await during(async () => succeeded(await stack.up({ parallel }))),
    "no-op": await during(async () => succeeded(await stack.up({ parallel }))),
    refresh: await during(async () => succeeded(await stack.refresh({ parallel }))),
    destroy: await during(async () => succeeded(await stack.destroy({ parallel }))),
  };
}

const less = (one: Cost, other: Cost): Cost => ({
  launches: one.launches - other.launches,
  deletes: one.deletes - other.deletes,
  questions: one.questions - other.questions,
  sessions: one.sessions - other.sessions,
  connections: one.connections - other.connections,
});

for (const deployer of doors().filter(({ open }) => open === engineStack)) {
  describe(`instances over many hosts, on the ${deployer.name}`, function () {
    this.timeout(900_000);
    before(function () {
      needsWay(this, "a stand-in for ssh");
    });

    it(`cost each host what they cost one host alone: ${HOSTS * EACH} over ${HOSTS} [long]`, async () => {
      const of = async (hosts: readonly string[]) => {
        let all = {} as Awaited<ReturnType<typeof costs>>;
        const use = async (lab: HostsLab) => {
          all = await costs(lab);
        };
        await withHosts(deployer, { program: program(hosts) }, hosts, use, bestWay());
        return all;
      };
      const [alone] = costsOfOne(await of(namesOf(1)));
      const each = costsOfOne(await of(namesOf(HOSTS)));
      assert.equal(each.length, HOSTS);
      for (const [index, one] of each.entries()) {
        // Instances that are ready at about the same time share a question; that depends on the moment.
        assert.ok(one.create.questions <= 2 * EACH + 5, `${one.create.questions} questions`);
        const create = { ...one.create, questions: alone?.create.questions };
        assert.deepEqual({ ...one, create }, alone, `lab${index + 1}`);
      }
    });

    it("wait for their own host only, one for all of that host [long]", () =>
      withHosts(deployer, { program: program(namesOf(3), 4, RETRY) }, namesOf(3), async ({ stack, ssh }) => {
        await ssh?.down("lab3");
        const ready = new Set<string>();
        const tries: { host: string; resource: string; number: number }[] = [];
        let isUp = false;
        const result = await stack.up({
          onLog({ message, urn = "" }) {
            const resource = urn.split("::").at(-1) ?? "";
            const [host = ""] = resource.split("-");
            if (message.startsWith("ready at")) ready.add(resource);
            const [, number] = /^waiting for the ssh host .* try (\d+) failed/.exec(message) ?? [];
            if (number !== undefined) tries.push({ host, resource, number: Number(number) });
            // The others are ready although this one is still away.
            if (isUp || ready.size < 8 || !tries.some((one) => one.number >= 3)) return;
            isUp = true;
            void ssh?.up("lab3");
          },
        });
        succeeded(result);
        assert.ok(isUp, result.text);
        assert.equal(ready.size, 12);
        assert.deepEqual(new Set(tries.map(({ host }) => host)), new Set(["lab3"]));
        const leaders = tries.filter(({ number }) => number >= 2).map(({ resource }) => resource);
        assert.equal(new Set(leaders).size, 1, JSON.stringify(tries));
      }));
  });
}

/** The costs by host, without the sessions of a create: how often a launch is looked at depends on how long it takes. */
function costsOfOne(all: Record<Operation, Cost[]>) {
  return all.create.map((create, index) => ({
    create: { ...create, sessions: undefined },
    "no-op": all["no-op"][index],
    refresh: all.refresh[index],
    destroy: all.destroy[index],
  }));
}
