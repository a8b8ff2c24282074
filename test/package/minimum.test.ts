import assert from "node:assert/strict";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { execa } from "execa";
import { findCli } from "../engine/index.ts";
import { pack, packSimulator, repository, scratch } from "./packed.ts";

const { engines, peerDependencies } = JSON.parse(readFileSync(join(repository, "package.json"), "utf8"));
/** The first version of a range such as `>=22.12` or `^3.216.0`. */
const first = (range: string) => {
  const [, major, minor, patch = "0"] =
    /(\d+)\.(\d+)(?:\.(\d+))?/.exec(range) ?? assert.fail(`no version in ${range}`);
  return `${major}.${minor}.${patch}`;
};
const node = first(engines.node);
const sdk = first(peerDependencies["@pulumi/pulumi"]);

/** What Pulumi would do with the package, as far as that can be done without it. */
const WITHOUT_CLI = `multipass launch && node -e 'require("pulumi-multipass")' && node -e 'import("pulumi-multipass/runtime")'`;

describe("the oldest versions that the package supports", function () {
  this.timeout(300_000);
  let dir: string;

  before(async () => {
    dir = scratch();
    const { tarball } = await pack(dir);
    const simulator = await packSimulator(dir);
    writeFileSync(join(dir, "package.json"), JSON.stringify({ name: "consumer", private: true }));
    const packages = [tarball, simulator.tarball, `@pulumi/pulumi@${sdk}`];
    await execa("npm", ["install", ...packages, `node@${node}`, "too-old@npm:node@20"], { cwd: dir });
  });
  after(() => rmSync(dir, { recursive: true, force: true }));

  it(`are enough: Node.js ${node} and Pulumi's SDK ${sdk}`, async () => {
    writeFileSync(join(dir, "Pulumi.yaml"), "name: consumer\nruntime: nodejs\nmain: index.ts\n");
    writeFileSync(
      join(dir, "index.ts"),
      `import * as multipass from "pulumi-multipass";
const vm = new multipass.Instance("dev", { image: "24.04", cloudInit: { packages: ["git"] } });
export const who = new multipass.Command("who", { instance: vm, create: ["id", "-un"] }).stdout;
`,
    );
    mkdirSync(join(dir, "state"));
    const env = {
      PATH: [join(dir, "node_modules/.bin"), process.env["PATH"]].join(delimiter),
      PULUMI_BACKEND_URL: `file://${dir}/state`,
      PULUMI_CONFIG_PASSPHRASE: "x",
    };
    assert.equal((await execa("node", ["--version"], { cwd: dir, env })).stdout, `v${node}`);
    const deploy = "pulumi stack init dev && pulumi up --yes && pulumi destroy --yes";
    const run = await execa(
      "multipass-simulator",
      ["run", "--", "sh", "-ec", findCli() ? deploy : WITHOUT_CLI],
      {
        cwd: dir,
        env,
        all: true,
        reject: false,
      },
    );
    assert.equal(run.exitCode, 0, run.all);
    if (findCli()) assert.match(run.all, /who *: "ubuntu/);
  });

  it("are named in one sentence on Node.js 20", async () => {
    const node20 = join(dir, "node_modules/too-old/bin/node");
    const on20 = (...args: string[]) => execa(node20, args, { cwd: dir, all: true, reject: false });
    const sentence =
      /(?:pulumi-multipass|multipass-simulator) needs Node\.js 22\.12 or newer, and this is Node\.js 20\.[\d.]+ \(.+\)\.$/m;
    for (const args of [
      ["-e", `import("pulumi-multipass").catch(({ stack }) => console.error(stack))`],
      ["-e", `import("pulumi-multipass/runtime").catch(({ stack }) => console.error(stack))`],
      ["-e", `try { require("pulumi-multipass") } catch ({ stack }) { console.error(stack) }`],
      ["node_modules/pulumi-multipass/dist/cli/main.js", "doctor"],
      ["node_modules/multipass-simulator/dist/bin/main.js", "run", "--", "true"],
    ]) {
      const { all } = await on20(...args);
      assert.match(all, sentence, args.join(" "));
      assert.doesNotMatch(all, /^\s+at |TypeError|SyntaxError/m, args.join(" "));
    }
  });
});
