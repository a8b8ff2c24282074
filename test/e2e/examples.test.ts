import assert from "node:assert/strict";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { type FaultPlan, type Simulator, startSimulator } from "../../simulator/src/index.ts";
import { command } from "../cli/command.ts";
import { type Deployer, deployers, type NamedDeployer } from "../engine/index.ts";
import { noteCalls, noteRuns } from "../support/logs.ts";
import { needsWay } from "../support/ssh-hosts.ts";
import { withHosts } from "./hosts-lab.ts";
import { succeeded } from "./lab.ts";

const repository = resolve(fileURLToPath(import.meta.url), "../../..");

/** How users are told to run an example without Multipass. */
function planOf(example: string): FaultPlan {
  return JSON.parse(readFileSync(join(repository, "examples", example, "simulated.json"), "utf8"));
}

/** Runs an unchanged example, from a copy of its folder, on a simulated host. */
async function withExample(
  deployer: NamedDeployer,
  example: string,
  faults: FaultPlan,
  use: (stack: Deployer, sim: Simulator, dir: string) => Promise<void>,
  env: Record<string, string> = {},
): Promise<void> {
  const dir = realpathSync(mkdtempSync(join(tmpdir(), "multipass-example-")));
  const sim = noteCalls(await startSimulator({ faults }));
  try {
    cpSync(join(repository, "examples", example), dir, { recursive: true });
    symlinkSync(join(repository, "node_modules"), join(dir, "node_modules"));
    mkdirSync(join(dir, "state"));
    const opened = await deployer.open({
      dir,
      stateDir: join(dir, "state"),
      env: {
        ...sim.env,
        PULUMI_MULTIPASS_STATE_DIR: join(dir, "journal"),
        ...env,
      },
    });
    const stack = noteRuns(opened);
    await use(stack, sim, dir);
    await stack.dispose();
  } finally {
    await sim.close();
    rmSync(dir, { recursive: true, force: true });
  }
}

/** What \`pulumi-multipass ssh-config\` prints on that host. */
async function sshConfig(sim: Simulator, dir: string): Promise<string> {
  const env = { ...sim.env, PULUMI_MULTIPASS_STATE_DIR: join(dir, "journal") };
  return (await command(["ssh-config", "--identity", "id"], env)).stdout;
}

/** A second run changes nothing, and the destroy leaves nothing behind. */
async function staysAndGoes(stack: Deployer, sim: Simulator): Promise<void> {
  const before = (await sim.calls()).length;
  succeeded(await stack.up());
  assert.equal((await sim.calls()).length, before, "a run without changes calls multipass");
  succeeded(await stack.destroy());
  assert.deepEqual(Object.keys((await sim.world()).instances), []);
}

// Only through the npm package, which they import. The plugin's own examples are in languages.test.ts.
for (const deployer of deployers()) {
  describe(`the examples on the ${deployer.name}`, function () {
    // Each run of the real CLI takes seconds.
    this.timeout(300_000);

    it("dev-environment: source mounted, toolchain checked, commands on the host [long]", () => {
      const faults = planOf("dev-environment");
      return withExample(deployer, "dev-environment", faults, async (stack, sim) => {
        const up = succeeded(await stack.up());
        assert.equal(up.outputs["shell"], "multipass shell dev");
        assert.equal(up.outputs["versions"], "git version 2.43.0\nGNU Make 4.3");
        const { mounts, cloudInit } = (await sim.world()).instances["dev"] ?? {};
        assert.deepEqual(Object.keys(mounts ?? {}), ["/home/ubuntu/work"]);
        assert.match(cloudInit ?? "", /rustup/);
        assert.equal((await sim.calls()).filter(({ argv }) => argv[0] === "alias").length, 2);
        await staysAndGoes(stack, sim);
      });
    });

    it("k3s-lab: agents join with the server's token, which is never shown [long]", () => {
      const token = "K10t0ken::server:t0ken";
      const faults = planOf("k3s-lab");
      return withExample(deployer, "k3s-lab", faults, async (stack, sim) => {
        const up = succeeded(await stack.up());
        const { instances } = await sim.world();
        const server = Object.values(instances).find(({ name }) => name.startsWith("server-"));
        const agents = Object.values(instances).filter(({ name }) => name.startsWith("agent-"));
        assert.equal(agents.length, 2);
        for (const { name } of agents) {
          const joined = (await sim.instance(name).readFile("/tmp/k3s-env")).toString();
          assert.equal(joined, `https://${server?.ipv4}:6443 ${token}\n`);
        }
        assert.deepEqual(up.outputs["members"], ["node/server", "node/agent-0", "node/agent-1"]);
        assert.equal(up.outputs["kubeconfig"], `server: https://${server?.ipv4}:6443`);
        assert.deepEqual(
          up.outputs["addresses"],
          Object.fromEntries(agents.map(({ name, ipv4 }) => [name, ipv4])),
        );
        const seen = readFileSync(stack.stateFile, "utf8") + up.text + JSON.stringify(await sim.calls());
        assert.doesNotMatch(seen, /t0ken/);
        await staysAndGoes(stack, sim);
      });
    });

    it("classroom: identical instances, restored to their original state [long]", () =>
      withExample(deployer, "classroom", {}, async (stack, sim) => {
        await stack.setConfig("seats", "2");
        succeeded(await stack.up());
        const { instances } = await sim.world();
        assert.deepEqual(Object.keys(instances).sort(), ["seat-0", "seat-1"]);
        for (const { state, snapshots } of Object.values(instances)) {
          assert.equal(state, "Running");
          assert.deepEqual(Object.keys(snapshots), ["ready"]);
        }
        const answer = "/home/ubuntu/answers/01.py";
        await sim.instance("seat-1").poke({ files: { [answer]: "print('hello')" } });
        await stack.setConfig("reset", "monday");
        succeeded(await stack.up());
        await assert.rejects(sim.instance("seat-1").readFile(answer));
        await sim.instance("seat-1").readFile("/home/ubuntu/exercises/01-hello.py");
        await staysAndGoes(stack, sim);
      }));

    it("postgres: the data is back after a restore, and the password is never shown [long]", () =>
      withExample(deployer, "postgres", planOf("postgres"), async (stack, sim) => {
        await stack.setConfig("password", "hunter2hunter2", { secret: true });
        const first = succeeded(await stack.up());
        const [name = ""] = Object.keys((await sim.world()).instances);
        await sim.instance(name).poke({ files: { "/var/lib/postgresql/changed": "x" } });
        await stack.setConfig("reset", "1");
        const second = succeeded(await stack.up());
        await assert.rejects(sim.instance(name).readFile("/var/lib/postgresql/changed"));
        const hba = await sim.instance(name).readFile("/etc/postgresql/16/main/pg_hba.conf");
        assert.match(hba.toString(), /scram-sha-256/);
        const seen = first.text + second.text + JSON.stringify(await sim.calls());
        assert.doesNotMatch(seen, /hunter2hunter2/);
        await staysAndGoes(stack, sim);
      }));

    it("static-address: cloud-init gets the address, Multipass the network [long]", () =>
      withExample(deployer, "static-address", {}, async (stack, sim) => {
        await stack.setConfig("network", "eth0");
        await stack.setConfig("address", "10.13.31.13/24");
        const up = succeeded(await stack.up());
        assert.equal(up.outputs["fixedAddress"], "10.13.31.13");
        const [instance] = Object.values((await sim.world()).instances);
        const file = await sim.instance(instance?.name ?? "").readFile("/etc/netplan/60-fixed.yaml");
        const { fixed } = JSON.parse(file.toString()).network.ethernets;
        assert.deepEqual(fixed.addresses, ["10.13.31.13/24"]);
        const launch = (await sim.calls()).find(({ argv }) => argv[0] === "launch");
        assert.ok(launch?.argv.includes(`name=eth0,mode=manual,mac=${fixed.match.macaddress}`));
        await staysAndGoes(stack, sim);
      }));

    it("image-mirror: the daemon gets the mirror first, and loses it at the end [long]", () =>
      withExample(deployer, "image-mirror", {}, async (stack, sim) => {
        const mirror = "https://mirror.example.com/";
        await stack.setConfig("mirror", mirror);
        assert.match(String(succeeded(await stack.up()).outputs["address"]), /^10\./);
        const asked = (await sim.calls()).map(({ argv }) => argv.join(" "));
        const set = asked.indexOf(`set local.image.mirror=${mirror}`);
        assert.ok(set >= 0 && set < asked.findIndex((call) => call.startsWith("launch")), asked.join("\n"));
        await staysAndGoes(stack, sim);
        const last = (await sim.calls()).findLast(({ argv }) => argv[0] === "set");
        assert.notEqual(last?.argv.at(-1), `local.image.mirror=${mirror}`);
      }));

    it("several-hosts: one machine here, one there, reached through its host [long]", function () {
      needsWay(this, "a stand-in for ssh");
      return withHosts(deployer, {}, ["lab2"], async ({ worlds, env }) => {
        await withExample(
          deployer,
          "several-hosts",
          {},
          async (stack, here) => {
            await stack.setConfig("host", "lab2");
            const { outputs } = succeeded(await stack.up());
            const instances = async (one: Simulator | undefined) =>
              Object.values((await one?.world())?.instances ?? {});
            assert.deepEqual(
              (await instances(here)).map(({ name }) => name.split("-")[0]),
              ["web"],
            );
            const [data] = await instances(worlds["lab2"]);
            assert.deepEqual(Object.keys(data?.snapshots ?? {}), ["empty"]);
            assert.equal((outputs["access"] as { proxyJump: string }).proxyJump, "lab2");
            await staysAndGoes(stack, here);
            assert.deepEqual(await instances(worlds["lab2"]), []);
          },
          { PULUMI_MULTIPASS_SSH: env["PULUMI_MULTIPASS_SSH"] ?? "" },
        );
      });
    });

    it("editor: holds the public key and the repository, and is in the ssh_config [long]", () =>
      withExample(deployer, "editor", planOf("editor"), async (stack, sim, dir) => {
        const key = join(dir, "id.pub");
        writeFileSync(key, "ssh-ed25519 KEY me@here\n");
        await stack.setConfig("publicKey", key);
        await stack.setConfig("repository", "https://example.com/project");
        const up = succeeded(await stack.up());
        const { cloudInit, ipv4 } = (await sim.world()).instances["editor"] ?? {};
        assert.match(cloudInit ?? "", /ssh-ed25519 KEY me@here/);
        assert.equal(up.outputs["ssh"], `ubuntu@${ipv4}`);
        assert.match(await sshConfig(sim, dir), new RegExp(`^Host editor\n  HostName ${ipv4}$`, "m"));
        await staysAndGoes(stack, sim);
      }));

    it("docker-host: Docker answers without sudo, and ssh knows the name in DOCKER_HOST [long]", () =>
      withExample(deployer, "docker-host", planOf("docker-host"), async (stack, sim, dir) => {
        const key = join(dir, "id.pub");
        writeFileSync(key, "ssh-ed25519 KEY me@here\n");
        await stack.setConfig("publicKey", key);
        const up = succeeded(await stack.up());
        const { cloudInit, ipv4 } = (await sim.world()).instances["docker"] ?? {};
        assert.match(cloudInit ?? "", /ssh-ed25519 KEY me@here/);
        assert.match(cloudInit ?? "", /usermod -aG docker ubuntu/);
        assert.ok(
          up.logs.some(({ message }) => /the command "docker".*Cannot connect/.test(message)),
          JSON.stringify(up.logs),
        );
        assert.equal(up.outputs["dockerHost"], "ssh://docker");
        assert.match(await sshConfig(sim, dir), new RegExp(`^Host docker\\n  HostName ${ipv4}$`, "m"));
        await staysAndGoes(stack, sim);
      }));

    it("microk8s: the snap's channel, and a kubeconfig that is never shown [long]", () =>
      withExample(deployer, "microk8s", planOf("microk8s"), async (stack, sim) => {
        await stack.setConfig("channel", "1.33/stable");
        const up = succeeded(await stack.up());
        const [instance] = Object.values((await sim.world()).instances);
        assert.match(instance?.cloudInit ?? "", /snap install microk8s --classic --channel=1\.33\/stable/);
        assert.ok(
          up.logs.some(({ message }) => /the command "microk8s".*code 1/.test(message)),
          JSON.stringify(up.logs),
        );
        assert.match(String(up.outputs["kubeconfig"]), /token: t0ken/);
        const seen = readFileSync(stack.stateFile, "utf8") + up.text + JSON.stringify(await sim.calls());
        assert.doesNotMatch(seen, /t0ken/);
        await staysAndGoes(stack, sim);
      }));
  });
}
