/** Wrong arguments that are marked secret: errors about them show nothing of their values. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Arguments, NUMBER, RESOURCES, resources, SECRET, WRONG } from "../support/rejected-values.ts";
import { withEnv } from "../support/with-env.ts";

/** Collects all writes to stderr: warnings of Node.js, of libraries, and of resources without an engine. */
async function stderrOf(work: () => Promise<void>): Promise<string> {
  const { write } = process.stderr;
  let written = "";
  process.stderr.write = (text) => {
    written += text;
    return true;
  };
  try {
    await work();
    // Warnings are written in the next turn of the event loop.
    await new Promise((resolve) => setTimeout(resolve, 20));
  } finally {
    process.stderr.write = write;
  }
  return written;
}

describe("a secret argument that is refused", () => {
  let journal: string;
  let restoreEnv: () => void;

  before(() => {
    journal = mkdtempSync(join(tmpdir(), "rejected-secrets-"));
    // Any existing program will do: without a client, every check would fail.
    restoreEnv = withEnv({ MULTIPASS_BIN: process.execPath, PULUMI_MULTIPASS_STATE_DIR: journal });
  });
  after(() => {
    restoreEnv();
    rmSync(journal, { recursive: true });
  });

  const marks = [SECRET, String(NUMBER)];

  for (const { resource, good, olds = {}, wrong } of RESOURCES) {
    it(`is not shown: ${resource}`, async () => {
      const check = async (argument: string, value: unknown, before: Arguments, more: Arguments) => {
        const news = {
          ...good,
          ...more,
          __owner: `urn::${resource}`,
          __secrets: [argument],
          [argument]: value,
        };
        const { failures } = await resources[resource].check(before, news);
        return failures.map(({ property, reason }) => {
          assert.equal(property, "", "Pulumi prints the value of a property that is named");
          assert.doesNotMatch(reason, /Invalid|Expected|received|undefined/, "the validator's own words");
          return reason;
        });
      };
      const said: string[] = [];
      const written = await stderrOf(async () => {
        for (const [argument, values] of Object.entries(wrong as Record<string, unknown[]>)) {
          let refused = 0;
          for (const value of [...values, ...WRONG]) {
            for (const before of [{}, olds]) {
              for (const canAppear of [undefined, true]) {
                const reasons = await check(argument, value, before, { __canAppear: canAppear });
                refused += reasons.length;
                said.push(...reasons.map((reason) => `${argument}: ${reason}`));
              }
            }
          }
          assert.notEqual(refused, 0, `no value of ${argument} was refused`);
        }
      });
      for (const mark of marks) {
        assert.deepEqual(
          said.filter((reason) => reason.includes(mark)),
          [],
        );
        assert.ok(!written.includes(mark), written);
      }
    });
  }
});
