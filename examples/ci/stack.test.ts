/**
 * Asks the machines that `pulumi up` has created, simulated or real.
 */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";

const multipass = (...args: string[]) => execFileSync("multipass", args, { encoding: "utf8" });

test("the machine runs", () => {
  const { info } = JSON.parse(multipass("info", "web", "--format", "json"));
  assert.equal(info.web.state, "Running");
});

test("it has the page", () => {
  assert.equal(multipass("exec", "web", "--", "cat", "/var/www/html/index.html"), "Hello\n");
});
