import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { engineStack } from "./engine.ts";
import { Fixture } from "./fixture.ts";

const engine = { name: "test engine", open: engineStack };

/** Runs `up` in another process, so that it can be killed. */
const script = `
  import { engineStack } from ${JSON.stringify(new URL("./engine.ts", import.meta.url).href)};
  const [stack, options] = JSON.parse(process.argv[1]);
  const opened = await engineStack(stack);
  await opened.up({ ...options, onPlugin: (pid) => console.log(pid), onLog: ({ message }) => console.log(message) });
`;

describe("an engine that is killed [long]", () => {
  it("loses only the running step, and reports that next time", async () => {
    const fixture = await Fixture.open(engine);
    const resources = [
      { name: "a" },
      { name: "b", props: { say: "creating b", delay: 20_000 }, dependsOn: ["a"] },
    ];
    const input = JSON.stringify([fixture.stackOptions, fixture.options(resources, {})]);
    const child = spawn(process.execPath, ["--input-type=module", "-e", script, input], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    let plugin = 0;
    for await (const line of createInterface({ input: child.stdout })) {
      plugin ||= Number(line);
      if (line === "creating b") break;
    }
    child.kill("SIGKILL");
    await once(child, "exit");
    process.kill(plugin, "SIGKILL");

    const { resources: kept, pendingOperations } = await fixture.stack.state();
    assert.deepEqual(
      kept.map(({ urn }) => urn.split("::").at(-1)),
      ["fixture-test", "a"],
    );
    assert.deepEqual(pendingOperations, [{ op: "create", urn: fixture.urn("b") }]);

    fixture.calls();
    const result = await fixture.up([{ name: "a" }, { name: "b", dependsOn: ["a"] }]);
    assert.deepEqual([result.error, result.summary], [undefined, { same: 2, create: 1 }]);
    assert.match(result.text, /warning: .* 1 pending operations from previous deployment/u);
    assert.deepEqual(fixture.changes(), ["create b"]);

    await fixture.refresh();
    assert.deepEqual((await fixture.stack.state()).pendingOperations, []);
    await fixture.close();
  });
});
