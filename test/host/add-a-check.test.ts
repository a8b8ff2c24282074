import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { CHECKS } from "../../provider/host/table.ts";
import { assertTableNames, type Edit, onEditedCopy } from "../support/edited-sources.ts";
import { fakeComputer } from "../support/fake-computer.ts";
import { onSimulatedHost } from "../support/simulated-host.ts";

const ADDED: Edit[] = [
  [
    "provider/host/host.ts",
    "export const NETWORK_CHECKS",
    `const clock: Check = {
  id: "clock",
  title: "Clock",
  claim: "the clock is right",
  needs: ["network"],
  explainsCreate: true,
  probe: ({ computer }) =>
    computer.now() > 0 ? ok("after 1970") : { status: "fail", detail: "before 1970", hint: "Set the clock." },
};

`,
  ],
  ["provider/host/host.ts", "network, names, imageIndex];", "clock, "],
];

describe("adding a check of the host", () => {
  it("touches the files that ARCHITECTURE.md names; doctor and the diagnosis of a create then show it", () =>
    onEditedCopy(ADDED, (load) =>
      onSimulatedHost({ version: "1.16.3" }, async ({ sim }) => {
        assertTableNames("add a check on the host", [...ADDED, ["docs/command-line.md", undefined, ""]]);
        const { CHECKS: checks } = await load("provider/host/table.ts");
        const { examine } = await load("provider/host/check.ts");
        const { newExamination } = await load("provider/host/examination.ts");
        const { diagnosed } = await load("provider/core/instance/diagnosis.ts");
        const { MultipassError } = await load("provider/driver/errors.ts");

        const computer = fakeComputer({ now: () => 0 });
        const { signal } = new AbortController();
        const exam = newExamination(computer, { multipassPath: sim.bin, signal });
        const rows: Record<string, { status: string; hint?: string }> = {};
        for await (const row of examine(checks, exam)) rows[row.id] = row;
        assert.equal(rows["clock"]?.status, "fail");

        const cause = new MultipassError("It does not answer", {
          kind: "daemon-unreachable",
          transient: true,
        });
        const error = new MultipassError("Out of time", { kind: "deadline", cause });
        const multipass = { computer, driver: { client: sim.bin }, examinations: new Map() };
        const { message } = await diagnosed({ multipass, signal }, {}, error, [], undefined);
        assert.match(message, /Failing: .*the clock is right \(before 1970\)/);
      }),
    ));

  it("needs a row in docs/command-line.md", () => {
    const page = readFileSync(new URL("../../docs/command-line.md", import.meta.url), "utf8");
    const rows = page.split("\n").filter((line) => line.startsWith("| `"));
    const documented = rows.flatMap((row) => [...(row.split("|")[1] ?? "").matchAll(/`([a-z0-9-]+)`/g)]);
    const names = documented.map(([, name]) => name);
    assert.deepEqual(
      CHECKS.map(({ id }) => id).filter((id) => !names.includes(id)),
      [],
    );
  });
});
