import assert from "node:assert/strict";
import type { AliasState } from "../../../provider/core/alias/model.ts";
import { checkAlias } from "../../../provider/core/alias/resource.ts";
import { UNKNOWN } from "../../../provider/core/unknown.ts";
import { createAlias, deleteAlias, diffAlias } from "../../support/operations.ts";
import { onSimulatedHost } from "../../support/simulated-host.ts";
import { verdictOf } from "../../support/verdict.ts";

const good = { instance: "dev", command: "/usr/bin/docker", owner: "urn" };

describe("check of an alias's arguments", () => {
  const bad: [args: Record<string, unknown>, property: string][] = [
    [{ command: "docker ps" }, "command"],
    [{ command: "" }, "command"],
    [{ name: "--all" }, "name"],
    [{ name: "a.b" }, "name"],
    [{ workingDirectory: "/" }, "workingDirectory"],
    [{ cmd: "x" }, "cmd"],
    // Names taken from the command follow the same rule.
    [{ command: "/usr/bin/python3.12" }, "name"],
    [{ command: "/opt/x/" }, "name"],
    [{ command: "-x" }, "name"],
  ];
  for (const [args, property] of bad) {
    it(`refuses ${JSON.stringify(args)}`, () =>
      assert.equal(checkAlias({ ...good, ...args }).failures[0]?.property, property));
  }
  it("names it after the command", () => {
    assert.equal(checkAlias(good).inputs.name, "docker");
    assert.deepEqual(checkAlias({ ...good, command: UNKNOWN, instance: UNKNOWN }).failures, []);
    const [failure] = checkAlias({ ...good, command: "/usr/bin/python3.12" }).failures;
    assert.match(
      failure?.reason ?? "",
      /^must be a word .* It defaults to the last part of `command`, .*: set `name`$/,
    );
    assert.deepEqual(checkAlias({ ...good, command: "/usr/bin/python3.12", name: "py" }).failures, []);
  });
});

describe("diff of an alias", () => {
  const inputs = { ...good, name: "docker" };
  const state: AliasState = { ...inputs, context: "default" };
  const table: [change: object, expected: string][] = [
    [{}, "none"],
    [{ workingDirectory: "map" }, "none"],
    [{ workingDirectory: "default" }, "update"],
    [{ command: "podman" }, "update"],
    [{ instance: UNKNOWN }, "update"],
    [{ name: "pod" }, "replace"],
  ];
  for (const [change, expected] of table) {
    it(`${JSON.stringify(change)} → ${expected}`, () => {
      assert.equal(verdictOf(diffAlias(state, { ...inputs, ...change })), expected);
    });
  }
});

describe("the removal of an alias", () => {
  it("leaves an alias alone that somebody has pointed elsewhere", () =>
    onSimulatedHost({}, async ({ ctx, multipass, said }) => {
      multipass("launch", "--name", "dev");
      const { outs } = await createAlias(ctx, {
        instance: "dev",
        name: "list-it",
        command: "ls",
        owner: "urn",
      });
      multipass("unalias", "list-it");
      multipass("alias", "dev:top", "list-it");
      await deleteAlias(ctx, outs);
      assert.match(multipass("aliases"), /list-it/);
      assert.match(said.join("\n"), /left alias "list-it" alone: .*dev:top/);
    }));
});
