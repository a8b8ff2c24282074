import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { NEEDS_PULUMI, needsPulumi } from "../support/needs-pulumi.ts";
import { onSimulatedHost, ownerOf, type SimulatedHost } from "../support/simulated-host.ts";
import { command } from "./command.ts";

interface Report {
  instances: {
    name: string;
    state: string | null;
    address: string | null;
    owner: string;
    condition: string;
  }[];
  others: { name: string; state: string; host: null }[];
  forgotten: string[];
}

const envOf = ({ sim, dir }: SimulatedHost) => ({
  ...sim.env,
  PULUMI_MULTIPASS_STATE_DIR: join(dir, "journal"),
});

async function statusOf(subject: SimulatedHost, ...args: string[]): Promise<Report> {
  const { code, stdout, stderr } = await command(["status", "--json", ...args], envOf(subject));
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout);
}

const conditions = ({ instances }: Report) => instances.map(({ name, condition }) => [name, condition]);

describe("pulumi-multipass status", () => {
  it("says so if there is nothing", () =>
    onSimulatedHost({}, async (subject) => {
      const { code, stdout } = await command(["status"], envOf(subject));
      assert.deepEqual([code, stdout], [0, "No stack of this user owns an instance here.\n"]);
    }));

  it("lists what the stacks own, what a create left unfinished, and what belongs to nobody", () =>
    onSimulatedHost({}, async (subject) => {
      const { host, multipass } = subject;
      await subject.create({ name: "web" });
      multipass("launch", "--name", "primary");
      multipass("launch", "--name", "half");
      await host.ledger.begin({ owner: ownerOf("half"), name: "half", fingerprint: "f" });
      const { instances, others } = await statusOf(subject);
      assert.deepEqual(
        instances.map(({ name, state, condition }) => [name, state, condition]),
        [
          ["half", "Running", "unfinished"],
          ["web", "Running", "fine"],
        ],
      );
      assert.match(instances[1]?.address ?? "", /^\d+\.\d+\.\d+\.\d+$/);
      assert.equal(instances[1]?.owner, ownerOf("web"));
      assert.deepEqual(others, [{ name: "primary", state: "Running", host: null }]);

      const { stdout } = await command(["status"], envOf(subject));
      assert.match(stdout, /^NAME +STATE +ADDRESS +AGE +OWNER\nhalf .*unfinished\n/);
      assert.match(stdout, /^web +Running +[\d.]+ +0m +test\/test web$/m);
      assert.match(stdout, /^unfinished half: The create has not finished\./m);
      assert.match(stdout, /^Not made by a stack of this user: primary \(Running\)$/m);
    }));

  it("shows one stack", () =>
    onSimulatedHost({}, async (subject) => {
      await subject.create({ name: "web" });
      assert.deepEqual(conditions(await statusOf(subject, "--stack", "test")), [["web", "fine"]]);
      assert.deepEqual(conditions(await statusOf(subject, "-s", "org/test/test")), [["web", "fine"]]);
      assert.deepEqual((await statusOf(subject, "-s", "shop/test")).instances, []);
      const { stdout } = await command(["status", "-s", "shop/test"], envOf(subject));
      assert.equal(stdout, "The stack shop/test owns no instance here.\n");
    }));

  it("forgets what no longer exists, and nothing else", () =>
    onSimulatedHost({}, async (subject) => {
      const { multipass, host } = subject;
      for (const name of ["kept", "lost", "deleted"]) await subject.create({ name });
      multipass("delete", "--purge", "lost");
      multipass("delete", "deleted");
      // A create may be about to launch it.
      await host.ledger.begin({ owner: ownerOf("coming"), name: "coming", fingerprint: "f" });
      const expected = [
        ["coming", "unfinished"],
        ["deleted", "deleted"],
        ["kept", "fine"],
      ];
      assert.deepEqual(conditions(await statusOf(subject)), [...expected, ["lost", "gone"]]);
      const { stdout } = await command(["status", "--forget"], envOf(subject));
      assert.match(stdout, /^Forgot the records of lost\.$/m);
      const after = await statusOf(subject, "--forget");
      assert.deepEqual(conditions(after), expected);
      assert.deepEqual(after.forgotten, []);
    }));

  it("forgets nothing unless the daemon answers", () =>
    onSimulatedHost({}, async (subject) => {
      await subject.create({ name: "web" });
      await subject.sim.stopDaemon();
      const { code, stdout, stderr } = await command(["status", "--forget"], envOf(subject));
      assert.deepEqual([code, stdout], [1, ""]);
      assert.match(stderr, /^error: .*socket/);
      assert.ok(await subject.host.ledger.entryOf("web"));
    }));

  it(`--verify finds what is no longer in any stack ${NEEDS_PULUMI}`, async function () {
    needsPulumi(this);
    await onSimulatedHost({}, async (subject) => {
      for (const name of ["held", "left"]) await subject.create({ name });
      const { dir } = subject;
      mkdirSync(join(dir, "state"));
      writeFileSync(join(dir, "Pulumi.yaml"), "name: test\nruntime: yaml\n");
      const env = {
        ...envOf(subject),
        PULUMI_BACKEND_URL: `file://${join(dir, "state")}`,
        PULUMI_CONFIG_PASSPHRASE: "test",
        PULUMI_SKIP_UPDATE_CHECK: "true",
      };
      const ask = async (cwd: string | undefined, ...args: string[]) => {
        const { code, stdout, stderr } = await command(["status", "--verify", ...args], env, "", cwd);
        assert.equal(code, 0, stderr);
        return stdout;
      };
      assert.match(await ask(undefined), /^The current backend of Pulumi has no stack test\/test\.$/m);
      const pulumi = (args: string[], input = "") => execa("pulumi", args, { cwd: dir, env, input });
      await pulumi(["stack", "init", "test"]);
      const resources = [{ urn: ownerOf("held"), type: "multipass:Instance", id: "held", custom: true }];
      await pulumi(["stack", "import"], JSON.stringify({ version: 3, deployment: { resources } }));
      const inside = join(dir, "src");
      const elsewhere = join(dir, "shop");
      for (const folder of [inside, elsewhere]) mkdirSync(folder);
      writeFileSync(join(elsewhere, "Pulumi.yaml"), "name: shop\nruntime: yaml\n");
      // In the folder of a project, Pulumi lists the project's stacks without its name.
      for (const cwd of [undefined, dir, inside, elsewhere]) {
        assert.deepEqual(
          conditions(JSON.parse(await ask(cwd, "--json"))),
          [
            ["held", "fine"],
            ["left", "orphaned"],
          ],
          `in ${cwd}`,
        );
      }
      await execa("pulumi", ["stack", "init", "test"], { cwd: elsewhere, env });
      await execa("pulumi", ["stack", "rm", "test", "--yes", "--force"], { cwd: dir, env });
      assert.match(await ask(elsewhere), /has no stack test\/test\.$/m);
    });
  });
});
