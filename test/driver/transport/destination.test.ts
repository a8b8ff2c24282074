import assert from "node:assert/strict";
import { isDestination } from "../../../provider/driver/transport/destination.ts";
import { SshHost } from "../../../provider/driver/transport/ssh.ts";

describe("names of hosts for ssh", () => {
  for (const name of [
    "lab2",
    "me@lab2",
    "a.b-c.example",
    "ssh://me@lab2:2222",
    "10.0.0.2",
    "me@[fe80::1%eth0]",
  ])
    it(`may be ${name}`, () => assert.ok(isDestination(name)));

  for (const name of [
    "",
    "-oProxyCommand=id",
    "ssh://-oProxyCommand=id",
    "lab 2",
    "lab2\nHost *",
    "lab2\0",
    "lab2;id",
    "$(id)@lab2",
    "`id`",
    "me'@lab2",
    "a|b",
    "lab2\u001b[2J",
    "x".repeat(300),
  ])
    it(`may not be ${JSON.stringify(name).slice(0, 40)}`, () => {
      assert.equal(isDestination(name), false);
      assert.throws(() => new SshHost(name), { kind: "invalid-argument" });
    });
});
