import assert from "node:assert/strict";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { execa } from "execa";
import { type FaultPlan, type Simulator, startSimulator } from "../../simulator/src/index.ts";
import { command } from "../cli/command.ts";
import { repository } from "../docs/blocks.ts";
import { cliStack, type Deployer } from "../engine/index.ts";
import { noteCalls, noteRuns } from "../support/logs.ts";
import { NEEDS_PULUMI, needsPulumi } from "../support/needs-pulumi.ts";
import { succeeded } from "./lab.ts";

/** The host is still booting: name resolution works after 20 s. */
const RACE: FaultPlan = { socketAt: 3, networkAt: 20 };

interface Language {
  name: string;
  /** Commands that fail if the language, or packages that all its programs need, are unavailable. */
  needs: string[][];
  /** Generates the SDK, if the language needs one. */
  sdk?: string[];
}

const PACKAGE = ["pulumi", "package", "add", "multipass-lab"];
const LANGUAGES: Record<"python" | "go" | "yaml", Language> = {
  python: {
    name: "Python",
    needs: [
      ["pulumi-language-python", "-help"],
      ["python3", "-m", "pip", "download", "--quiet", "--no-deps", "--dest", "{scratch}", "pulumi"],
    ],
    sdk: PACKAGE,
  },
  go: {
    name: "Go",
    needs: [
      ["pulumi-language-go", "-help"],
      ["go", "mod", "download", "github.com/pulumi/pulumi/sdk/v3"],
    ],
    sdk: PACKAGE,
  },
  yaml: { name: "YAML", needs: [["pulumi-language-yaml", "-help"]] },
};

/** Runs the example of a language on a simulated host, or reports loudly why it cannot. */
async function withExample(
  context: Mocha.Context,
  language: keyof typeof LANGUAGES,
  faults: FaultPlan,
  use: (stack: Deployer, sim: Simulator) => Promise<void>,
): Promise<void> {
  needsPulumi(context);
  const { name, needs, sdk } = LANGUAGES[language];
  const dir = realpathSync(mkdtempSync(join(tmpdir(), "multipass-language-")));
  const sim = noteCalls(await startSimulator({ faults }));
  try {
    cpSync(join(repository, "examples", language), dir, { recursive: true });
    for (const need of needs) {
      const [file = "", ...args] = need.map((word) => word.replace("{scratch}", join(dir, "scratch")));
      const { failed } = await execa(file, args, { cwd: dir, reject: false });
      if (!failed) continue;
      process.stderr.write(`\n*** ${name} is NOT TESTED here: \`${need.join(" ")}\` fails ***\n\n`);
      context.skip();
    }
    const home = join(dir, "state/home");
    mkdirSync(home, { recursive: true });
    const env = { PULUMI_HOME: home, PULUMI_SKIP_UPDATE_CHECK: "true" };
    assert.equal((await command(["plugin", "install"], env)).code, 0);
    if (sdk) await execa(sdk[0] as string, sdk.slice(1), { cwd: dir, env: { ...env, PATH: path() } });
    const opened = await cliStack({
      dir,
      stateDir: join(dir, "state"),
      env: { ...sim.env, PULUMI_MULTIPASS_STATE_DIR: join(dir, "journal") },
    });
    const stack = noteRuns(opened);
    await use(stack, sim);
    succeeded(await stack.destroy());
    assert.deepEqual(Object.keys((await sim.world()).instances), []);
  } finally {
    await sim.close();
    // Go makes its modules read-only, but they are stored elsewhere.
    rmSync(dir, { recursive: true, force: true });
  }
}

/** The plugin must run on the Node.js that runs the tests. */
const path = () => `${dirname(process.execPath)}:${process.env["PATH"]}`;

describe("the examples in other languages", function () {
  // A Go program is compiled together with Pulumi's whole SDK.
  this.timeout(900_000);

  it(`Python: deploys a page through a boot race, checks it and keeps it ${NEEDS_PULUMI}`, async function () {
    const plan = JSON.parse(readFileSync(join(repository, "examples/python/simulated.json"), "utf8"));
    await withExample(this, "python", { ...plan, ...RACE }, async (stack, sim) => {
      const up = succeeded(await stack.up());
      const [instance] = Object.values((await sim.world()).instances);
      assert.ok(instance);
      assert.equal(up.outputs["ip"], instance.ipv4);
      assert.equal(up.outputs["served"], "<h1>Hello</h1>");
      assert.deepEqual(Object.keys(instance.snapshots), [up.outputs["snapshot"]]);
      const page = await sim.instance(instance.name).readFile("/var/www/html/index.html");
      assert.equal(page.toString(), "<h1>Hello</h1>\n");
      const before = (await sim.calls()).length;
      succeeded(await stack.up());
      assert.equal((await sim.calls()).length, before, "a run without changes calls multipass");
    });
  });

  it(`Go: copies instances from a source, and distinguishes them ${NEEDS_PULUMI}`, async function () {
    await withExample(this, "go", {}, async (stack, sim) => {
      await stack.setConfig("copies", "2");
      const up = succeeded(await stack.up());
      const instances = Object.values((await sim.world()).instances);
      assert.equal(instances.length, 3);
      assert.deepEqual([up.outputs["copy-0"], up.outputs["copy-1"]], ["0", "1"]);
      const addresses = up.outputs["addresses"] as Record<string, string>;
      for (const [name, address] of Object.entries(addresses)) {
        assert.equal(instances.find((instance) => instance.name.startsWith(name))?.ipv4, address);
      }
      const unchanged = succeeded(await stack.up());
      assert.deepEqual(Object.keys(unchanged.summary), ["same"]);
    });
  });

  it(`YAML: starts an instance through a boot race, without an SDK ${NEEDS_PULUMI}`, async function () {
    await withExample(this, "yaml", RACE, async (stack, sim) => {
      const up = succeeded(await stack.up());
      const [instance] = Object.values((await sim.world()).instances);
      assert.ok(instance);
      assert.equal(up.outputs["ip"], instance.ipv4);
      assert.equal(up.outputs["user"], "ubuntu");
      assert.match(String(up.outputs["multipass"]), /^1\.\d+/);
      const page = await sim.instance(instance.name).readFile("/srv/greeter/index.html");
      assert.equal(page.toString(), "Hello\n");
    });
  });
});
