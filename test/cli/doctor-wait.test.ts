import assert from "node:assert/strict";
import type { Simulator } from "../../simulator/src/index.ts";
import { command } from "./command.ts";
import { onHost } from "./doctor.ts";

async function countOf(simulator: Simulator, subcommand: string): Promise<number> {
  return (await simulator.calls()).filter(({ argv }) => argv[0] === subcommand).length;
}

/** A 1.17 whose daemon has its list, and says so at once, while one command fails for ever. */
const onFailing = (subcommand: string, text: string, use: Parameters<typeof onHost>[1]) =>
  onHost({ version: "1.17.0", faults: { commands: [{ command: subcommand, text, times: 999 }] } }, use);

// A young daemon is looked at whenever it may have fetched. After that the pauses grow; with a look a second there
// would be 15 in each of these tests.
describe("pulumi-multipass doctor --wait, if what is missing never comes", () => {
  it("looks ever less often at a list that the daemon considers good, and holds no `wait-ready` open", () =>
    onFailing("find", "failed to download from 'https://x': no", async (env, simulator) => {
      const { code, stdout } = await command(["doctor", "--wait", "--timeout", "15s"], env);
      assert.notEqual(code, 0, stdout);
      assert.equal(await countOf(simulator, "wait-ready"), 0);
      const looks = await countOf(simulator, "find");
      assert.ok(looks >= 2 && looks <= 12, `${looks} looks`);
    }));

  it("looks ever less often at a hypervisor, and never asks for the list, which is good", () =>
    onFailing("networks", "Process operation timed out", async (env, simulator) => {
      const { code, stdout } = await command(["doctor", "--wait", "--timeout", "15s"], env);
      assert.notEqual(code, 0, stdout);
      assert.equal(await countOf(simulator, "wait-ready"), 0);
      const looks = await countOf(simulator, "networks");
      assert.ok(looks >= 2 && looks <= 12, `${looks} looks`);
    }));
});
