import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { doors, inLab, succeeded } from "./lab.ts";

const VM = `const vm = new multipass.Instance("dev", { name: "dev" });`;

for (const deployer of doors()) {
  describe(`a command on the ${deployer.name}`, function () {
    // Each run of the real CLI takes seconds.
    this.timeout(240_000);

    it("runs once, again when it changes, and runs its delete command at the end [long]", () =>
      inLab(
        deployer,
        `${VM}
const note = new multipass.Command("note", {
  instance: vm, shell: true,
  create: 'echo "created $WHO" >> log; cat log; echo oops >&2',
  delete: 'echo "deleted after $PULUMI_COMMAND_STDOUT" >> /tmp/deleted',
  environment: { WHO: "me" },
});
export const said = note.stdout;
export const complained = note.stderr;`,
        {},
        async ({ sim, stack, write, counts }) => {
          const up = succeeded(await stack.up());
          assert.equal(up.outputs["said"], "created me");
          assert.equal(up.outputs["complained"], "oops");
          const before = (await counts())["exec"];
          assert.ok((await stack.up()).ok);
          assert.equal((await counts())["exec"], before, "an up without changes runs something");

          write(`${VM}
const note = new multipass.Command("note", {
  instance: vm, shell: true,
  create: 'echo "created $WHO" >> log; cat log; echo oops >&2',
  update: 'echo "updated $WHO after $PULUMI_COMMAND_STDOUT" >> log; cat log',
  delete: 'cp log /tmp/deleted',
  environment: { WHO: "you" },
});
export const said = note.stdout;`);
          const again = succeeded(await stack.up());
          assert.equal(again.outputs["said"], "created me\nupdated you after created me");

          write(VM);
          succeeded(await stack.up());
          const left = (await sim.instance("dev").readFile("/tmp/deleted")).toString();
          assert.equal(left, "created me\nupdated you after created me\n");
          assert.ok((await stack.destroy()).ok);
        },
      ));

    it("keeps its inputs out of argument lists, errors and the state", () =>
      inLab(
        deployer,
        `import * as pulumi from "@pulumi/pulumi";
${VM}
new multipass.Command("login", {
  instance: vm, shell: true,
  create: 'test -n "$GOOD" || { echo "refused: $PASSWORD" >&2; exit 3; }; cat > got; echo "$PASSWORD" >> got',
  environment: { PASSWORD: pulumi.secret("it's s3cr3t-s3cr3t"), GOOD: process.env.GOOD ?? "" },
  stdin: pulumi.secret("from-stdin-s3cr3t\\n"),
});`,
        {},
        async ({ sim, stack }) => {
          const failed = await stack.up();
          assert.equal(failed.ok, false);
          assert.match(failed.text, /exit code 3/);
          assert.match(failed.text, /refused: \[PASSWORD\]/);
          assert.doesNotMatch(failed.text, /s3cr3t/);
          succeeded(await stack.up({ env: { GOOD: "yes" } }));
          const got = (await sim.instance("dev").readFile("/home/ubuntu/got")).toString();
          assert.equal(got, "from-stdin-s3cr3t\nit's s3cr3t-s3cr3t\n");
          assert.doesNotMatch(JSON.stringify(await sim.calls()), /s3cr3t/);
          assert.doesNotMatch(readFileSync(stack.stateFile, "utf8"), /s3cr3t/);
        },
      ));

    it("never starts a stopped instance [long]", () =>
      inLab(
        deployer,
        `const vm = new multipass.Instance("dev", { name: "dev", powerState: "stopped" });
new multipass.Command("hello", { instance: vm, create: ["echo", "hello"] });`,
        {},
        async ({ sim, stack }) => {
          const up = await stack.up();
          assert.equal(up.ok, false);
          assert.match(up.text, /it is Stopped, and is not started by accident/);
          assert.equal((await sim.world()).instances["dev"]?.state, "Stopped");
          assert.ok((await stack.destroy()).ok);
        },
      ));

    it("runs again when its instance is replaced, and when a trigger changes [long]", () => {
      const program = (image: string, trigger: string) => `
const vm = new multipass.Instance("dev", { name: "dev", image: "${image}" });
new multipass.Command("touch", { instance: vm, create: ["touch", "here-${trigger}"], triggers: ["${trigger}"] });`;
      return inLab(deployer, program("24.04", "a"), {}, async ({ sim, stack, write }) => {
        succeeded(await stack.up());
        write(program("24.04", "b"));
        succeeded(await stack.up());
        await sim.instance("dev").readFile("/home/ubuntu/here-b");
        write(program("22.04", "b"));
        succeeded(await stack.up());
        await sim.instance("dev").readFile("/home/ubuntu/here-b");
      });
    });

    it("disappears with its instance, and runs again in the next one [long]", () =>
      inLab(
        deployer,
        `${VM}\nnew multipass.Command("touch", { instance: vm, create: ["touch", "here"] });`,
        {},
        async ({ sim, stack }) => {
          assert.ok((await stack.up()).ok);
          await sim.instance("dev").poke({ remove: true });
          succeeded(await stack.refresh());
          succeeded(await stack.up());
          await sim.instance("dev").readFile("/home/ubuntu/here");
        },
      ));

    it("that has run only reads its files again if they could not be returned [long]", () =>
      inLab(
        deployer,
        `${VM}
const build = new multipass.Command("build", {
  instance: vm, shell: true,
  create: 'echo run >> runs; cat runs; echo gA== | base64 -d > made', assetPaths: ["made"],
});
export const printed = build.stdout;
export const made = build.assets.apply((all) => all["made"].text);`,
        {},
        async ({ sim, stack }) => {
          const failed = await stack.up();
          assert.equal(failed.ok, false);
          assert.match(failed.text, /the command ran, but `assetPaths` match made, which is not a text/);
          await sim.instance("dev").poke({ files: { "/home/ubuntu/made": "text" } });
          assert.deepEqual(succeeded(await stack.up()).outputs, { printed: "run", made: "text" });
          assert.equal((await sim.instance("dev").readFile("/home/ubuntu/runs")).toString(), "run\n");
        },
      ));
  });
}
