import assert from "node:assert/strict";
import { devNull } from "node:os";
import { searches, selection } from "../../../provider/core/command/globs.ts";
import type { CommandInputs } from "../../../provider/core/command/model.ts";
import { checkCommand } from "../../../provider/core/command/resource.ts";
import { InitializationError } from "../../../provider/core/context.ts";
import { createCommand, updateCommand } from "../../support/operations.ts";
import { onSimulatedHost } from "../../support/simulated-host.ts";

const good = { instance: "dev", create: ["true"], owner: "urn" };

describe("patterns of files", () => {
  const table: [patterns: string[], selected: string[], others: string[]][] = [
    [["*.txt"], ["a.txt", ".txt"], ["b/a.txt", "a.txt.b", "a,txt"]],
    [
      ["assets/**", "src/**.js", "!**secret.*"],
      ["assets/a/b", "src/x/i.js"],
      ["src/secret.js", "assets"],
    ],
    [["!a", "a"], ["a"], []],
    [["**", "/etc/*"], ["a/b", "/etc/hosts"], ["/a"]],
    [
      ["./a", "/etc/*"],
      ["a", "/etc/hosts"],
      ["etc/hosts", "/etc/ssh/x"],
    ],
    [
      ["a?c", "x[0-9].{log,tx/t}"],
      ["abc", "x1.log", "x2.tx/t"],
      ["a/c", "x.log", "xa.log"],
    ],
    [
      ["x[!a]", "\\*", "a.b+(c)"],
      ["xb", "*", "a.b+(c)"],
      ["xa", "x/", "y", "axb+(c)"],
    ],
    [
      ["{unclosed", "a}", "a,b"],
      ["{unclosed", "a}", "a,b"],
      ["a", "unclosed"],
    ],
  ];
  for (const [patterns, selected, others] of table) {
    it(`select as in @pulumi/command: ${patterns.join(" ")}`, () => {
      const isSelected = selection(patterns);
      assert.deepEqual([...selected, ...others].filter(isSelected), selected);
    });
  }

  it("are looked for only where they can match", () => {
    assert.deepEqual(searches(["*.txt", "!b", "dist/**", "a/b", "/etc/*/*.conf", "/*"]), [
      { from: ".", depth: 1 },
      { from: "dist", depth: undefined },
      { from: "a/b", depth: 0 },
      { from: "/etc", depth: 2 },
      { from: "/", depth: 1 },
    ]);
  });

  it("are refused if they are not valid", () => {
    const { failures } = checkCommand({ ...good, assetPaths: ["[z-a]"], archivePaths: "*" });
    assert.deepEqual(
      failures.map(({ property, reason }) => [property, reason]),
      [
        ["assetPaths[0]", "is not a pattern"],
        ["archivePaths", 'must be a list of patterns, such as ["dist/**"]'],
      ],
    );
  });
});

describe("the files that a command returns", () => {
  const inFolder = (script: string, more: Partial<CommandInputs>): CommandInputs => ({
    ...good,
    shell: true,
    create: `mkdir -p /tmp/w/sub; cd /tmp/w; ${script}`,
    workingDirectory: "/tmp",
    ...more,
  });

  it("are read as root after every run, and kept if nothing runs", () =>
    onSimulatedHost({}, async ({ ctx, multipass, count }) => {
      multipass("launch", "--name", "dev");
      const script = `echo "it's" > "a b"; echo two > sub/two; touch empty; chmod 000 sub/two; echo no > other`;
      const paths = { assetPaths: ["w/**", "!**other"], archivePaths: ["w/sub/*", "/etc/nothing/**"] };
      const inputs = inFolder(script, paths);
      const { outs } = await createCommand(ctx, inputs);
      assert.deepEqual(
        Object.entries(outs.assets ?? {}).map(([path, asset]) => [path, asset.text ?? asset.path]),
        [
          ["w/a b", "it's\n"],
          ["w/empty", devNull],
          ["w/sub/two", "two\n"],
        ],
      );
      assert.deepEqual(Object.keys(outs.archive?.assets ?? {}), ["w/sub/two"]);
      assert.equal(await count("exec"), 3, "more client calls than the command, a look and a read");
      const recorded = await updateCommand(ctx, outs, { ...inputs, timeouts: { create: "1m" } }, "dev/1");
      assert.deepEqual([recorded.assets, recorded.archive], [outs.assets, outs.archive]);
      const changed = await updateCommand(ctx, outs, { ...inputs, create: "rm /tmp/w/sub/two" }, "dev/1");
      assert.deepEqual(Object.keys(changed.assets ?? {}), ["w/a b", "w/empty"]);
      assert.deepEqual(changed.archive?.assets, {});
    }));

  it("are refused with the argument and a way out if a state cannot hold them", () =>
    onSimulatedHost({}, async ({ ctx, multipass }) => {
      multipass("launch", "--name", "dev");
      await assert.rejects(
        createCommand(
          ctx,
          inFolder(`cat > part; cat ${"part ".repeat(43)} > large`, {
            stdin: "x".repeat(100_000),
            assetPaths: ["w/large"],
            archivePaths: ["nothing"],
          }),
        ),
        /`assetPaths` and `archivePaths` match more than 4 MiB of files[\s\S]*multipass transfer/,
      );
      const binary = inFolder("rm -f large; echo gA== | base64 -d > bin", { archivePaths: ["w/*"] });
      await assert.rejects(
        createCommand(ctx, binary),
        /: the command ran, but `archivePaths` match w\/bin, which is not a text in UTF-8[\s\S]*base64 w\/bin/,
      );
    }));

  it("that cannot be read do not make the command run again, nor a stopped instance start", () =>
    onSimulatedHost({}, async ({ ctx, sim, multipass }) => {
      multipass("launch", "--name", "dev");
      const inputs = inFolder("echo run >> /tmp/runs; echo out; echo gA== | base64 -d > bin", {
        assetPaths: ["w/bin"],
      });
      const failed = await createCommand(ctx, inputs).then(
        () => assert.fail("it did not fail"),
        (error: unknown) => error,
      );
      assert.ok(failed instanceof InitializationError, String(failed));
      assert.equal(failed.outs["stdout"], "out");
      // Pulumi updates a resource that was not ready, although nothing has changed.
      multipass("stop", "dev");
      await assert.rejects(
        updateCommand(ctx, failed.outs, inputs, failed.id),
        /Unable to return the files of the command in instance "dev": it is Stopped, and is not started by accident/,
      );
      assert.equal((await sim.world()).instances["dev"]?.state, "Stopped");
      multipass("start", "dev");
      multipass("exec", "dev", "--", "sh", "-c", "echo text > /tmp/w/bin");
      const outs = await updateCommand(ctx, failed.outs, inputs, failed.id);
      assert.deepEqual([outs.stdout, outs.assets?.["w/bin"]?.text], ["out", "text\n"]);
      assert.equal(multipass("exec", "dev", "--", "cat", "/tmp/runs"), "run\n");
    }));
});
