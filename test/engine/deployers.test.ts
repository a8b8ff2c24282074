import assert from "node:assert/strict";
import { execa } from "execa";

const script = `
  import { deployers } from ${JSON.stringify(new URL("./index.ts", import.meta.url).href)};
  deployers();
  console.log(deployers().map(({ name }) => name).join());
`;

describe("the choice of engines", () => {
  it("says loudly, and once, that there is no real CLI", async () => {
    const env = { PATH: "/nowhere" };
    const { stdout, stderr } = await execa(process.execPath, ["--input-type=module", "-e", script], {
      env,
      extendEnv: false,
    });
    assert.equal(stdout, "test engine");
    assert.equal(stderr.split("No `pulumi` on the PATH").length, 2);
  });
});
