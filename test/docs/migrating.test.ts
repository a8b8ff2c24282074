import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { packTar } from "modern-tar";
import { inLab, succeeded } from "../e2e/lab.ts";
import { engineStack } from "../engine/index.ts";
import { blocks, FILES, program } from "./blocks.ts";

const ENGINE = { name: "test engine", open: engineStack };

const LAUNCH_WEB = ["launch", "24.04", "--name", "web", "--cpus", "2", "--memory", "2G", "--disk", "10G"];

/**
 * What each tool leaves in Multipass: the calls that it made with the example of the page, when it was run on
 * a simulated host in November 2026. `first` is what the page tells to run before `pulumi up`.
 */
const TOOLS: { title: string; version: string; left: string[][]; first?: string[] }[] = [
  { title: "From a shell script", version: "1.17.0", left: [LAUNCH_WEB] },
  {
    title: "From Terraform: todoroff/multipass",
    version: "1.17.0",
    left: [
      ["launch", "--name", "dev-box", "lts", "--cpus", "2", "--memory", "4G", "--disk", "15G"],
      ["alias", "dev-box:bash", "dev-shell"],
      ["transfer", "--parents", "-", "dev-box:/home/ubuntu/motd"],
      ["stop", "dev-box"],
      ["snapshot", "--name", "clean", "dev-box"],
      ["start", "dev-box"],
    ],
    first: ["unalias", "dev-shell"],
  },
  {
    title: "From Terraform: larstobi/multipass",
    version: "1.16.3",
    left: [["launch", "jammy", "--cpus", "2", "--name", "instance-1234"]],
  },
  {
    title: "From multipass-compose",
    version: "1.16.3",
    left: [
      ["launch", "focal", "--name", "web-server"],
      ["launch", "jammy", "--name", "backend", "--cpus", "2", "--mem", "2G", "--cloud-init", "backend.yaml"],
    ],
  },
];

describe("docs/migrating.md", () => {
  for (const { title, version, left, first } of TOOLS) {
    it(`keeps the instances as they are: ${title} [long]`, () => {
      return inLab(ENGINE, "", { simulator: { version } }, async ({ dir, sim, stack }) => {
        prepare(dir, title);
        const run = (args: string[]) => execa(sim.bin, args, { cwd: dir, input: "hello\n" });
        for (const args of left) await run(args);
        if (first) await run(first);
        const before = (await sim.world()).instances;
        const calls = (await sim.calls()).length;

        const { text } = succeeded(await stack.up());
        for (const name of Object.keys(before)) {
          assert.ok(text.includes(`adopted the existing instance "${name}"`), text);
        }
        assert.deepEqual((await sim.world()).instances, before);
        const changing = /^(?:launch|start|stop|restart|set|snapshot|mount|delete)$/;
        const made = (await sim.calls()).slice(calls).map(({ argv }) => argv.join(" "));
        assert.deepEqual(
          made.filter((call) => changing.test(call.split(" ")[0] ?? "")),
          [],
        );

        const { steps } = succeeded(await stack.preview());
        assert.deepEqual(new Set(steps.map(({ op }) => op)), new Set(["same"]));
      });
    });
  }

  it("moves the script and the data of a Vagrant machine [long]", () =>
    inLab(ENGINE, "", {}, async ({ dir, sim, stack, counts }) => {
      prepare(dir, "From Vagrant");
      const page = { header: { name: "srv/index.html", size: 3, mode: 0o644 }, body: "old" };
      writeFileSync(join(dir, "srv.tar"), await packTar([page]));
      succeeded(await stack.up());
      const web = sim.instance("web");
      assert.equal((await web.readFile("/srv/index.html")).toString(), "old");
      assert.ok(await web.readFile("/srv/set-up"));

      writeFileSync(join(dir, "setup.sh"), "touch /srv/set-up-again\n");
      const { summary } = succeeded(await stack.up());
      assert.equal(summary.update, 1);
      assert.ok(await web.readFile("/srv/set-up-again"));
      assert.equal((await counts())["launch"], 1);
    }));
});

/** Writes the program below a heading of the page, and what it reads. */
function prepare(dir: string, heading: string): void {
  const block = blocks().find((one) => one.where.startsWith("docs/migrating.md") && one.heading === heading);
  assert.ok(block, `no program below "${heading}"`);
  for (const [name, content] of Object.entries(FILES)) writeFileSync(join(dir, name), content);
  writeFileSync(join(dir, "index.ts"), program(block));
}
