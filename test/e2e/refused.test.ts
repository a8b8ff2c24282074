/**
 * How the preview refuses programs: before anything is created, all faults at once, and without showing
 * secrets.
 */
import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { deployers } from "../engine/index.ts";
import { needsPulumi } from "../support/needs-pulumi.ts";
import { type DoorDeployer, doors, inLab, type Lab, succeeded, up } from "./lab.ts";

/** A folder that does not exist. */
const MOUNTED = `mounts: [{ source: "made", target: "made" }]`;

/**
 * Mounts a folder in an instance, or in the members of a group, which waits for a resource of the program that
 * creates another folder.
 */
const waitingFor = (source: string, { door }: DoorDeployer) => `import * as pulumi from "@pulumi/pulumi";
class Folder extends pulumi.dynamic.Resource {
  constructor() {
    super({ async create() { (await import("node:fs")).mkdirSync("made"); return { id: "made", outs: {} }; } }, "folder", {});
  }
}
const template = { mounts: [{ source: "${source}", target: "made" }] };
const opts = { dependsOn: new Folder() };
${
  door === "plugin"
    ? `new multipass.Instance("vm-0", { name: "vm-0", ...template }, opts)`
    : `new multipass.InstanceGroup("vm", { count: 1, namePrefix: "vm", template }, opts)`
};`;

/** Every argument is wrong and marked secret. */
const SECRETS = `import * as pulumi from "@pulumi/pulumi";
const bad = (args: object): any =>
  Object.fromEntries(Object.entries(args).map(([name, value]) => [name, pulumi.secret(value)]));
const s = "hunter2";
new multipass.Instance("a", bad({
  cloudInit: "#cloud-config\\npassword: hunter2\\npassword: hunter2: [", name: s + "_", image: "ubuntu:" + s, memory: s, cpus: s,
  networks: [{ name: s + ",a", mac: s, [s]: s }], mounts: [{ source: "/nowhere/" + s, target: "/proc/" + s }, s],
  readiness: { port: s }, remedies: { imageServers: { [s]: s } }, timeouts: { create: s }, zone: [s], [s]: s,
}));
new multipass.Command("b", bad({ instance: s + "_", create: "echo " + s, environment: { ["1" + s]: s, [s]: [s] }, stdin: [s] }));
new multipass.File("c", bad({ instance: "web", path: "/" + s + "/", source: "/nowhere/" + s, mode: s, user: s + "!" }));
new multipass.Setting("d", bad({ key: "local.image.mirror", value: "http://" + s }));`;

/** Checks that the preview refuses the program in these words, and asks Multipass only for its version. */
async function assertRefused({ stack, sim }: Lab, reasons: RegExp[]) {
  const refused = await stack.preview();
  assert.equal(refused.ok, false, refused.text);
  for (const reason of reasons) assert.match(refused.text, reason);
  assert.doesNotMatch(refused.text, /\n\s+at .+:\d+:\d+|value \{|<nil>/);
  assert.deepEqual(
    (await sim.calls()).filter(({ argv }) => argv[0] !== "version"),
    [],
  );
  return refused;
}

for (const deployer of doors()) {
  describe(`a program that cannot work, on the ${deployer.name}`, function () {
    // Each run of the real CLI takes seconds.
    this.timeout(240_000);

    it("is refused without showing the secrets in its arguments", () =>
      inLab(deployer, SECRETS, {}, async (lab) => {
        const { text, logs } = await assertRefused(lab, [/ has a problem: (?:cloudInit|create|path|value) /]);
        const said = JSON.stringify(logs.filter(({ severity }) => severity !== "debug"));
        // The name of an argument is not secret.
        for (const place of [text, said]) {
          assert.doesNotMatch(place.replaceAll("hunter2 is not an argument", ""), /hunter2/);
        }
      }));

    it("is refused by its preview, with every fault and its remedy", () =>
      inLab(
        deployer,
        `new multipass.Instance("dev", { image: "24.4", cpu: 2, state: "stopped", owner: "me", ${MOUNTED} } as any);`,
        { env: { MULTIPASS_BIN: "/nowhere/multipass" } },
        async (lab) => {
          await assertRefused(lab, [
            /image is not the name or URL of an image: did you mean `24\.04`\?/,
            /cpu is not an argument: did you mean `cpus`\?/,
            /state is not an argument: did you mean `powerState`\?/,
            /owner is not an argument/,
            /mounts\[0\]\.source names a folder that does not exist: .*\/made/,
            /Unable to find the multipass client: .*MULTIPASS_BIN names \/nowhere\/multipass[\s\S]*Install Multipass/,
          ]);
          if (deployer.door === "plugin") return;
          lab.write(`new multipass.InstanceGroup("node", {
            count: -1, stager: 2, stagger: 0, template: { name: "x" }, overrides: { first: {}, 1: 2 },
          } as any);`);
          await assertRefused(lab, [
            /Unable to create instance group "node":/,
            /stager is not an argument: did you mean `stagger`\?/,
            /count must be a whole number, 0 or more/,
            /stagger must be a whole number, 1 or more/,
            /template\.name cannot be set in a group.*namePrefix/,
            /overrides has a key that is not an index/,
            /overrides\[1\] must be an object/,
          ]);
        },
      ));

    it("is refused if its user-data is an archive, with what to pass instead [long]", () =>
      inLab(
        deployer,
        `import * as pulumi from "@pulumi/pulumi";
         new multipass.Instance("dev", { cloudInit: new pulumi.asset.FileArchive(".") as any });`,
        {},
        async (lab) => void (await assertRefused(lab, [/cloudInit is an archive.*FileAsset/])),
      ));

    it("is warned about a folder that another resource may still create, and refused if nothing has [long]", () =>
      inLab(deployer, waitingFor("made", deployer), {}, async (lab) => {
        const { stack, write, dir, env, sim } = lab;
        const withoutClient = { env: { ...env, MULTIPASS_BIN: "/nowhere/multipass" } };
        const { text } = succeeded(await stack.preview(withoutClient));
        assert.match(text, /warning: mounts\[0\]\.source names a folder that does not exist: .*\/made\./);
        assert.match(text, /warning: Unable to find the multipass client.*[^.]\. The update will fail/);
        assert.doesNotMatch((await up(lab)).text, /names a folder/);
        assert.deepEqual(Object.keys((await sim.world()).instances["vm-0"]?.mounts ?? {}), [
          "/home/ubuntu/made",
        ]);

        rmSync(join(dir, "made"), { recursive: true });
        const again = succeeded(await stack.preview(withoutClient));
        assert.deepEqual(Object.keys(again.summary), ["same"]);
        assert.doesNotMatch(again.text, /warning: (?:mounts|Unable)/);

        write(waitingFor("never", deployer));
        const refused = await stack.up();
        assert.equal(refused.ok, false);
        assert.match(refused.text, /: mounts\[0\]\.source names a folder that does not exist: .*\/never/);

        const clientless = await stack.up(withoutClient);
        assert.equal(clientless.ok, false);
        assert.match(clientless.text, /error: (?:.* has a problem: )?Unable to find the multipass client: /);
        // In a Node.js program the check refuses it, which has no page.
        if (deployer.door === "plugin") assert.match(clientless.text, /docs\/errors\/client-missing\.md/);
      }));
  });
}

describe("pulumi preview --diff", () => {
  it("shows the program's arguments, and none of our internal ones", async function () {
    needsPulumi(this);
    const cli = deployers().at(-1) as ReturnType<typeof deployers>[number];
    const program = `import * as pulumi from "@pulumi/pulumi";
const vm = new multipass.Instance("dev", { cpus: 1, cloudInit: pulumi.secret("a: 1") });
new multipass.Mount("mount", { instance: vm, source: ".", target: "x" });
new multipass.Snapshot("snapshot", { instance: vm, comment: "x" });`;
    await inLab(cli, program, {}, async ({ dir, env }) => {
      const { stdout } = await execa(
        "pulumi",
        ["preview", "--diff", "--stack", "test", "--non-interactive"],
        {
          cwd: dir,
          env: {
            ...env,
            PULUMI_BACKEND_URL: `file://${join(dir, "state")}`,
            PULUMI_CONFIG_PASSPHRASE: "test",
            PULUMI_SKIP_UPDATE_CHECK: "true",
          },
        },
      );
      const shown = [...stdout.matchAll(/^ +(\w+) *: /gm)].map(([, property]) => property);
      assert.deepEqual([...new Set(shown)].sort(), [
        "cloudInit",
        "comment",
        "cpus",
        "instance",
        "name",
        "source",
        "target",
      ]);
    });
  });
});
