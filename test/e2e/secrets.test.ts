/**
 * Errors that quote a secret, as Multipass, cloud-init and commands do: no part of it may be shown anywhere.
 */
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { FaultPlan } from "../../simulator/src/index.ts";
import type { RunResult } from "../engine/index.ts";
import { THE_HOST } from "../support/ssh-hosts.ts";
import { inLab, type Lab, places } from "./lab.ts";

const PASSWORD = `it's "hunter2"`;
const KEY = ["-----BEGIN KEY-----", "hunter2-first-line", "hunter2-second-line"];
const base64 = Buffer.from(`user:${PASSWORD}`).toString("base64");

const CLOUD_INIT = {
  password: PASSWORD,
  write_files: [{ path: "/etc/key", content: KEY.join("\n") }],
  runcmd: ["mysql --password=hunter2-word -e 'select 1'"],
};

/** A text that quotes the secrets in every way that programs do. */
const QUOTED = [
  `Failed to set ${PASSWORD}`,
  JSON.stringify({ password: PASSWORD }),
  KEY.join("\n"),
  `bad line: ${KEY[1]}`,
  `access denied with 'hunter2-word'`,
  `decoding ${base64}`,
].join("\n");

const program = (rest: string) => `import * as pulumi from "@pulumi/pulumi";
const vm = new multipass.Instance("dev", { name: "dev", cloudInit: pulumi.secret(${JSON.stringify(CLOUD_INIT)}), ${rest} });`;

/** @param ups the output shown to the user */
async function assertUnseen({ stack, sim, ssh, env }: Lab, ups: readonly RunResult[]) {
  // Debug messages of Pulumi's own SDK are not ours, and are only shown on request.
  const events = ups.flatMap(({ logs }) => logs).filter(({ severity }) => severity !== "debug");
  const places: Record<string, string> = {
    "what is shown": ups.map(({ text }) => text).join("\n"),
    "the events": events.map((event) => JSON.stringify(event)).join("\n"),
    "the state": readFileSync(stack.stateFile, "utf8"),
    "the arguments of calls": JSON.stringify((await sim.calls()).map(({ argv }) => argv)),
  };
  const folders = [env["PULUMI_MULTIPASS_STATE_DIR"] ?? "", ...(ssh ? [ssh.home(THE_HOST)] : [])];
  const entries = folders
    .filter((folder) => existsSync(folder))
    .flatMap((folder) => readdirSync(folder, { recursive: true, withFileTypes: true }));
  for (const entry of entries) {
    if (!entry.isFile()) continue;
    const file = join(entry.parentPath, entry.name);
    places[file] = readFileSync(file, "utf8");
  }
  for (const [place, text] of Object.entries(places)) {
    const seen = text.split("\n").filter((line) => line.includes("hunter2") || line.includes(base64));
    assert.deepEqual(seen, [], place);
  }
}

/** Replacements shown for the secrets. Without them, the test would have seen no error that quotes one. */
const IN_THEIR_PLACE = /\[cloudInit\.password\]/;

for (const deployer of places()) {
  describe(`secrets quoted by errors, on the ${deployer.name}`, function () {
    // Each run of the real CLI takes seconds.
    this.timeout(240_000);

    const faults: [what: string, args: string, faults: FaultPlan][] = [
      ["cloud-init's errors", "", { guest: { cloudInit: "error", cloudInitErrors: [QUOTED] } }],
      [
        "what cloud-init has recovered from, in a warning [long]",
        "",
        { guest: { cloudInit: "degraded", cloudInitRecoverableErrors: { WARNING: [QUOTED] } } },
      ],
      [
        "the stderr of a check, in the status and in the error [long]",
        `readiness: { cloudInit: "finished", checks: [{ command: ["look"], timeout: "3s", interval: "1s" }] }`,
        { guestCommands: [{ match: "^look$", stderr: `${QUOTED}\n${PASSWORD}`, exitCode: 1 }] },
      ],
      ["a launch that makes nothing [long]", "", { launches: [{ phase: "C", text: QUOTED }] }],
      [
        "a launch that leaves a machine which never comes up [long]",
        `timeouts: { create: "8s" }`,
        {
          launches: [{ phase: "H", text: QUOTED }],
          commands: [{ command: "start", text: QUOTED, times: 99 }],
        },
      ],
      [
        "a daemon that says no [long]",
        "adopt: true",
        { commands: [{ command: "list", text: QUOTED, times: 99 }] },
      ],
      [
        "a connection that breaks, in the status [long]",
        `timeouts: { create: "8s" }`,
        {
          commands: [{ command: "exec", text: `ssh connection failed: '${PASSWORD}'`, times: 99 }],
        },
      ],
    ];
    for (const [what, args, plan] of faults) {
      it(`are not shown in ${what}`, () =>
        inLab(deployer, program(args), { simulator: { faults: plan } }, async (lab) => {
          const up = await lab.stack.up();
          assert.match(up.text, IN_THEIR_PLACE);
          await assertUnseen(lab, [up]);
          const again = await lab.stack.refresh();
          await assertUnseen(lab, [up, again]);
        }));
    }

    it("are not shown in a truncated status [long]", () =>
      inLab(
        deployer,
        program(`timeouts: { create: "8s" }`),
        {
          simulator: {
            faults: {
              guestCommands: [
                { match: "cloud-init status", stdout: `{ "errors": [${JSON.stringify(QUOTED).slice(0, 30)}` },
              ],
            },
          },
        },
        async (lab) => {
          const up = await lab.stack.up();
          assert.match(up.text, /cloud-init was not ready in time.*its answer is not JSON/);
          await assertUnseen(lab, [up]);
        },
      ));

    it("are not shown in a command's output, whichever argument contains them", () =>
      inLab(
        deployer,
        `import * as pulumi from "@pulumi/pulumi";
const vm = new multipass.Instance("dev", { name: "dev" });
new multipass.Command("login", {
  instance: vm,
  create: pulumi.secret(["login", "--password=hunter2-word", ${JSON.stringify(PASSWORD)}]),
}, { additionalSecretOutputs: ["stdout"] });`,
        {
          simulator: { faults: { guestCommands: [{ match: "^login", stderr: QUOTED, exitCode: 3 }] } },
        },
        async (lab) => {
          const up = await lab.stack.up();
          assert.match(up.text, /Failed to set \[create\[2\]\]/);
          const { text } = up;
          assert.doesNotMatch(text, /hunter2-word|it's/);
          assert.ok(!text.includes(base64));
        },
      ));
  });
}
