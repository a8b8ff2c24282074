import assert from "node:assert/strict";
import { cpSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { delimiter, join } from "node:path";
import { pathToFileURL } from "node:url";
import { execa } from "execa";
import { deployers, engineStack, type NamedDeployer } from "../engine/index.ts";
import { NEEDS_PULUMI, needsPulumi } from "../support/needs-pulumi.ts";
import { linkDependencies, type Packed, pack, repository, scratch, unpack, withStack } from "./packed.ts";

const { version } = JSON.parse(readFileSync(join(repository, "package.json"), "utf8")) as { version: string };
const SDK = pathToFileURL(join(repository, "test/doors/sdk.ts")).href;

describe("the plugin of the packed package", function () {
  this.timeout(300_000);
  let root: string;
  let packed: Packed;

  before(async () => {
    root = scratch();
    packed = await pack(join(root, "packed"));
  });
  after(() => rmSync(root, { recursive: true, force: true }));

  it("needs no other package, and starts launches by a file that is read quickly", () => {
    const files = packed.files.filter((file) => /^dist\/(?:doors\/)?plugin\//.test(file));
    assert.deepEqual(files.sort(), [
      "dist/plugin/THIRD-PARTY-NOTICES",
      "dist/plugin/launch-runner.js",
      "dist/plugin/package.json",
      "dist/plugin/pulumi-resource-multipass-lab",
      "dist/plugin/pulumi-resource-multipass-lab.cmd",
    ]);
  });

  it("leaves out what gRPC only loads for services that the plugin does not offer", () => {
    const notices = readFileSync(join(repository, "dist/plugin/THIRD-PARTY-NOTICES"), "utf8");
    assert.match(notices, /^@grpc\/grpc-js /m);
    assert.doesNotMatch(notices, /^(?:@grpc\/proto-loader|protobufjs|lodash\.camelcase) /m);
  });

  for (const { name, open } of deployers()) {
    it(`is installed without a network, and deploys on the ${name}`, async () => {
      const dir = join(root, name.replace(/\W+/g, "-"));
      const home = join(dir, "state", "home");
      mkdirSync(home, { recursive: true });
      linkDependencies(dir);
      await unpack(packed, join(dir, "node_modules/pulumi-multipass"));
      const cli = join(dir, "node_modules/pulumi-multipass/dist/cli/main.js");
      const { stdout } = await execa(process.execPath, [cli, "plugin", "install"], {
        env: { PULUMI_HOME: home },
      });
      const [, folder = assert.fail(stdout)] = /is installed in (.*)\.\n?$/.exec(stdout) ?? [];
      // From here on the package itself is not there: what was installed is enough.
      rmSync(join(dir, "node_modules"), { recursive: true });
      await deploys(dir, folder, open);
    });
  }

  for (const [what, ...options] of [
    ["an archive that uses the computer's own Node.js"],
    ["an archive with Node.js inside", "--executable"],
  ]) {
    it(`deploys from ${what}`, async function () {
      if (options.length > 0 && Number(process.versions.node.split(".")[0]) < 26) {
        process.stderr.write(`\n*** ${what} is NOT TESTED: only Node.js 26 and newer makes one ***\n\n`);
        this.skip();
      }
      const args = ["--disable-warning=ExperimentalWarning", "scripts/plugin/pack.ts", ...options];
      const { stdout } = await execa(process.execPath, args, { cwd: repository });
      const archive = stdout.split("\n").find((line) => line.includes(platform())) ?? assert.fail(stdout);
      const dir = join(root, options.length > 0 ? "executable" : "script");
      const folder = join(dir, "plugin");
      mkdirSync(folder, { recursive: true });
      await execa("tar", ["-xzf", join(repository, archive)], { cwd: folder });
      await deploys(dir, folder, engineStack);
    });
  }

  it(`is downloaded by the CLI from where its archives are ${NEEDS_PULUMI}`, async function () {
    needsPulumi(this);
    const dir = join(root, "downloaded");
    const env = { PULUMI_HOME: join(dir, "home"), PULUMI_SKIP_UPDATE_CHECK: "true" };
    mkdirSync(dir);
    const archive = `pulumi-resource-multipass-lab-v${version}${platform()}tar.gz`;
    await execa("tar", ["-czf", join(dir, archive), "-C", join(repository, "dist/plugin"), "."]);
    const asked: string[] = [];
    const server = createServer((request, response) => {
      asked.push(request.url ?? "");
      if (request.url === `/${archive}`) response.end(readFileSync(join(dir, archive)));
      else response.writeHead(404).end();
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    try {
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      const named = ["plugin", "install", "resource", "multipass-lab", version, "--server", url];
      await execa("pulumi", named, { env });
      assert.deepEqual(asked, [`/${archive}`]);
      const { stdout } = await execa("pulumi", ["package", "get-schema", "multipass-lab"], { env, cwd: dir });
      assert.equal(JSON.parse(stdout).version, version);
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });

  it(`is started from the folder for git URLs ${NEEDS_PULUMI}`, async function () {
    needsPulumi(this);
    const dir = join(root, "from-git");
    cpSync(join(repository, "provider/doors/plugin/from-git"), dir, { recursive: true });
    const file = join(dir, "package.json");
    const manifest = JSON.parse(readFileSync(file, "utf8"));
    // In place of the published package.
    manifest.dependencies["pulumi-multipass"] = `file:${packed.tarball}`;
    writeFileSync(file, JSON.stringify(manifest));
    const env = { PULUMI_HOME: join(root, "home"), PULUMI_SKIP_UPDATE_CHECK: "true" };
    const { stdout } = await execa("pulumi", ["package", "get-schema", dir], { cwd: root, env });
    assert.equal(JSON.parse(stdout).name, "multipass-lab");
  });
});

/** The platform that this runs on, in Pulumi's words. */
const platform = () =>
  `-${process.platform === "win32" ? "windows" : process.platform}-${process.arch === "x64" ? "amd64" : process.arch}.`;

/** Deploys a program by the plugin in a folder, and destroys what it made. */
async function deploys(dir: string, folder: string, open: NamedDeployer["open"]): Promise<void> {
  symlinkSync(join(repository, "node_modules"), join(dir, "node_modules"));
  writeFileSync(
    join(dir, "package.json"),
    JSON.stringify({ name: "consumer", private: true, type: "module" }),
  );
  writeFileSync(
    join(dir, "Pulumi.yaml"),
    "name: consumer\nruntime:\n  name: nodejs\n  options:\n    typescript: false\nmain: index.js\n",
  );
  writeFileSync(
    join(dir, "index.js"),
    `import * as multipass from "${SDK}";\nexport const ip = new multipass.Instance("dev", { name: "dev" }).ipAddress;\n`,
  );
  const PATH = [folder, process.env["PATH"]].join(delimiter);
  await withStack(
    dir,
    async (stack, sim) => {
      const up = await stack.up();
      assert.ok(up.ok, up.text);
      assert.match(String(up.outputs["ip"]), /^\d+\./);
      assert.deepEqual(Object.keys((await sim.world()).instances), ["dev"]);
      const gone = await stack.destroy();
      assert.ok(gone.ok, gone.text);
    },
    { open: (options) => open({ ...options, env: { ...options.env, PATH }, plugin: "multipass-lab" }) },
  );
}
