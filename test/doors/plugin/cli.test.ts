/**
 * What only the Pulumi CLI has: `pulumi import`, update plans, Ctrl-C, plugins of several versions, and plugins that
 * somebody else started.
 */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { execa } from "execa";
import { type Simulator, startSimulator } from "../../../simulator/src/index.ts";
import { repository } from "../../docs/blocks.ts";
import { JUST_BOOTED, pluginFolder } from "../../e2e/lab.ts";
import { noteCalls } from "../../support/logs.ts";
import { NEEDS_PULUMI, needsPulumi } from "../../support/needs-pulumi.ts";

const PACKAGE = "name: lab\nruntime: yaml\npackages:\n  multipass-lab: multipass-lab\nresources:\n";
const VM = "  vm:\n    type: multipass-lab:Instance\n    properties:\n      name: dev\n";
const FILE = `  motd:
    type: multipass-lab:File
    properties:
      instance: \${vm.name}
      path: /home/ubuntu/motd
      content: hello
`;

const SECRET = "sEcReT-7f3a9c";

/** An instance of one name on two daemons, by two providers, with a secret in each. */
const twoDaemons = (client: string, address: string) => `name: lab
runtime: yaml
packages:
  multipass-lab: multipass-lab
config:
  password:
    type: string
resources:
  here:
    type: pulumi:providers:multipass-lab
    properties:
      multipassPath: ${client}
  there:
    type: pulumi:providers:multipass-lab
    properties:
      serverAddress: ${address}
${["here", "there"]
  .map(
    (place) => `  vm-${place}:
    type: multipass-lab:Instance
    properties:
      name: same
      cloudInit:
        chpasswd:
          users:
            - { name: ubuntu, password: "\${password}", type: text }
    options:
      provider: \${${place}}
  key-${place}:
    type: multipass-lab:File
    properties:
      instance: \${vm-${place}.name}
      path: /home/ubuntu/key
      content: \${password}
    options:
      provider: \${${place}}
`,
  )
  .join("")}outputs:
  told: \${key-there.content}
`;

interface Terminal {
  sim: Simulator;
  dir: string;
  env: Record<string, string>;
  /** Runs the CLI; it must succeed. */
  pulumi(...args: string[]): Promise<string>;
}

/** A YAML program, its stack and a simulated host, for commands as a user types them. */
async function atTerminal(
  context: Mocha.Context,
  resources: string,
  use: (terminal: Terminal) => Promise<void>,
): Promise<void> {
  needsPulumi(context);
  const dir = realpathSync(mkdtempSync(join(tmpdir(), "multipass-terminal-")));
  const sim = noteCalls(await startSimulator({}));
  const env: Record<string, string> = {
    ...sim.env,
    PATH: [pluginFolder(dir), dirname(process.execPath), process.env["PATH"]].join(delimiter),
    PULUMI_BACKEND_URL: `file://${join(dir, "state")}`,
    PULUMI_CONFIG_PASSPHRASE: "",
    PULUMI_HOME: join(dir, "home"),
    PULUMI_MULTIPASS_STATE_DIR: join(dir, "journal"),
    PULUMI_SKIP_UPDATE_CHECK: "true",
  };
  try {
    for (const folder of ["state", "home"]) mkdirSync(join(dir, folder));
    writeFileSync(join(dir, "Pulumi.yaml"), PACKAGE + resources);
    const pulumi = async (...args: string[]) =>
      (await execa("pulumi", args, { cwd: dir, env, all: true })).all;
    await pulumi("stack", "init", "test");
    await use({ sim, dir, env, pulumi });
  } finally {
    await sim.close();
    rmSync(dir, { recursive: true, force: true });
  }
}

const machines = async (sim: Simulator) => Object.keys((await sim.world()).instances);

/** Resolves with the output so far once a process has printed something. */
function printed(child: ChildProcess, what: RegExp): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    child.stdout?.on("data", (data) => {
      text += data;
      if (what.test(text)) resolve(text);
    });
    child.once("exit", () => reject(new Error(text)));
  });
}

describe("the plugin at a terminal", () => {
  it(`imports an instance that no stack made, without a difference from the program ${NEEDS_PULUMI}`, function () {
    return atTerminal(this, "  {}\n", async ({ sim, dir, env, pulumi }) => {
      await execa(sim.bin, ["launch", "--name", "dev", "--cpus", "2", "22.04"], { env });
      const file = join(dir, "imported.yaml");
      await pulumi("import", "--yes", "--out", file, "multipass-lab:index:Instance", "vm", "dev");
      const generated = readFileSync(file, "utf8").replace(/^.*resources:\n/s, "");
      writeFileSync(join(dir, "Pulumi.yaml"), PACKAGE + generated);
      await pulumi("preview", "--expect-no-changes");
      await pulumi("refresh", "--yes", "--expect-no-changes");
      assert.deepEqual(await machines(sim), ["dev"]);
    });
  });

  it(`keeps to a plan, automatic names included ${NEEDS_PULUMI}`, function () {
    const unnamed = "  vm:\n    type: multipass-lab:Instance\n";
    return atTerminal(this, unnamed, async ({ sim, pulumi }) => {
      await pulumi("preview", "--save-plan=plan.json");
      await pulumi("up", "--yes", "--plan=plan.json");
      const [name = "", ...others] = await machines(sim);
      assert.match(name, /^vm-/);
      assert.deepEqual(others, []);
      await pulumi("destroy", "--yes");
    });
  });

  it(`gives the terminal back within 5 s after Ctrl-C, and is resumed ${NEEDS_PULUMI}`, function () {
    return atTerminal(this, VM, async ({ sim, dir, env, pulumi }) => {
      await sim.setFaults(JUST_BOOTED);
      await sim.stopDaemon();
      const up = spawn("pulumi", ["up", "--yes", "--skip-preview"], {
        cwd: dir,
        env: { ...process.env, ...env },
      });
      await printed(up, /waiting for the daemon/);
      const pressed = performance.now();
      up.kill("SIGINT");
      await once(up, "exit");
      assert.ok(performance.now() - pressed < 5_000);
      assert.match(await pulumi("stack", "export"), /multipass-lab:index:Instance::vm/);
      await sim.setFaults({});
      await sim.startDaemon();
      await pulumi("up", "--yes", "--skip-preview");
      assert.deepEqual(await machines(sim), ["dev"]);
    });
  });

  it(`serves one command after the other if PULUMI_DEBUG_PROVIDERS names it ${NEEDS_PULUMI}`, function () {
    return atTerminal(this, VM, async ({ sim, dir, env, pulumi }) => {
      const plugin = spawn(join(pluginFolder(dir), "pulumi-resource-multipass-lab"), [], {
        env: { ...process.env, ...env },
        stdio: ["ignore", "pipe", "inherit"],
      });
      try {
        const [port] = (await once(createInterface({ input: plugin.stdout }), "line")) as [string];
        env["PULUMI_DEBUG_PROVIDERS"] = `multipass-lab:${port}`;
        await pulumi("up", "--yes");
        writeFileSync(join(dir, "Pulumi.yaml"), `${PACKAGE}${VM}      cpus: 2\n`);
        await pulumi("up", "--yes");
        assert.equal((await sim.world()).instances["dev"]?.cpus, 2);
        await pulumi("destroy", "--yes");
        assert.deepEqual(await machines(sim), []);
      } finally {
        plugin.kill("SIGKILL");
      }
    });
  });

  it(`finds no difference after an upgrade of the plugin ${NEEDS_PULUMI}`, function () {
    return atTerminal(this, "  {}\n", async ({ sim, dir, pulumi }) => {
      const home = join(dir, "home");
      // A plugin on the PATH would come before those in the cache.
      rmSync(join(dir, "bin"), { recursive: true });
      const upgradeTo = (version: string) => {
        installPlugin(home, version);
        const pinned = (resource: string) => `${resource}    options:\n      version: ${version}\n`;
        writeFileSync(join(dir, "Pulumi.yaml"), PACKAGE + pinned(VM) + pinned(FILE));
      };
      const usedVersions = async () =>
        new Set((await pulumi("stack", "export")).match(/(?<="version": ")\d+\.\d+\.\d+(?=")/g));

      upgradeTo("1.0.0");
      await pulumi("up", "--yes");
      assert.deepEqual(await usedVersions(), new Set(["1.0.0"]));
      upgradeTo("1.1.0");
      await pulumi("preview", "--expect-no-changes");
      await pulumi("up", "--yes", "--expect-no-changes");
      assert.deepEqual(await usedVersions(), new Set(["1.1.0"]));
      rmSync(join(home, "plugins/resource-multipass-lab-v1.0.0"), { recursive: true });
      await pulumi("refresh", "--yes", "--expect-no-changes");
      await pulumi("destroy", "--yes");
      assert.deepEqual(await machines(sim), []);
    });
  });

  it(`reaches two daemons from one program, and shows its secret nowhere ${NEEDS_PULUMI}`, function () {
    return atTerminal(this, "  {}\n", async ({ sim, dir, env, pulumi }) => {
      await using other = await startSimulator({});
      // So that only the providers say where the daemons are: by a client, and by an address.
      env["MULTIPASS_BIN"] = other.bin;
      delete env["MULTIPASS_SERVER_ADDRESS"];
      writeFileSync(
        join(dir, "Pulumi.yaml"),
        twoDaemons(sim.bin, String(other.env.MULTIPASS_SERVER_ADDRESS)),
      );
      await pulumi("config", "set", "--secret", "password", SECRET);
      // Without it, the CLI does not know `--event-log`.
      env["PULUMI_DEBUG_COMMANDS"] = "true";
      const events = join(dir, "events.json");
      const shown = [await pulumi("up", "--yes", "--debug", "--event-log", events)];
      for (const one of [sim, other]) {
        assert.deepEqual(await machines(one), ["same"]);
        const key = await one.instance("same").readFile("/home/ubuntu/key");
        assert.equal(key.toString(), SECRET);
        shown.push(JSON.stringify((await one.calls()).map(({ argv }) => argv)));
      }
      shown.push(await pulumi("stack", "export"), await pulumi("stack", "output"));
      // Not the CLI's own log: with `--verbose=9`, it quotes every value itself.
      shown.push(await pulumi("refresh", "--yes", "--debug"));
      assert.deepEqual(
        shown.map((text) => text.split("\n").filter((line) => line.includes(SECRET))),
        shown.map(() => []),
      );
      assert.match(readFileSync(events, "utf8"), /multipass-lab:index:File/);
      assert.notDeepEqual(filesWith("/home/ubuntu/key", join(dir, "state")), []);
      assert.deepEqual(filesWith(SECRET, dir), []);
    });
  });
});

/** Puts the built plugin into Pulumi's cache, as another version of it. */
function installPlugin(home: string, version: string): void {
  const folder = join(home, "plugins", `resource-multipass-lab-v${version}`);
  cpSync(join(repository, "dist/plugin"), folder, { recursive: true });
  const file = join(folder, "pulumi-resource-multipass-lab");
  const built = readFileSync(file, "utf8");
  const named = built.replace(/(?<=displayName:"Multipass Lab",version:")[^"]+/, version);
  assert.notEqual(named, built);
  writeFileSync(file, named);
}

/** The files in a folder that contain a text. */
function filesWith(text: string, dir: string): string[] {
  const entries = readdirSync(dir, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name));
  return files.filter((file) => readFileSync(file).includes(text));
}
