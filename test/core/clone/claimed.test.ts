/** Which existing instance of its name a clone recognises as its own. */
import assert from "node:assert/strict";
import { isMultipassError } from "../../../provider/driver/errors.ts";
import { createClone, readClone, updateClone } from "../../support/operations.ts";
import { onSimulatedHost, type SimulatedHost } from "../../support/simulated-host.ts";

const clone = { source: "golden", name: "web", owner: "urn:pulumi:dev::shop::Clone::web" };
const OTHER = "urn:pulumi:dev::blog::Clone::web";

/** Runs on a host with two stopped instances to copy. */
const onHost = (use: (host: SimulatedHost) => Promise<void>) =>
  onSimulatedHost({}, async (host) => {
    for (const name of ["golden", "silver"]) {
      host.multipass("launch", "--name", name);
      host.multipass("stop", name);
    }
    await use(host);
  });

describe("the create of a clone whose name is taken", () => {
  it("continues with a copy of its own that Pulumi does not know about", () =>
    onHost(async ({ ctx, count }) => {
      await createClone(ctx, clone);
      const { outs } = await createClone(ctx, clone);
      assert.equal(outs.state, "Running");
      assert.equal(await count("clone"), 1);
    }));

  it("refuses a copy of another source, unless told to adopt it", () =>
    onHost(async ({ ctx, count }) => {
      await createClone(ctx, clone);
      const changed = { ...clone, source: "silver" };
      await assert.rejects(createClone(ctx, changed), (error) => {
        assert.ok(isMultipassError(error, "instance-exists"), String(error));
        assert.match(error.message, /^Unable to clone instance "silver" to "web"/);
        assert.match(error.message, /an interrupted create .* with another source\n.*adopt: true/s);
        return true;
      });
      assert.equal((await createClone(ctx, { ...changed, adopt: true })).outs.state, "Running");
      assert.equal(await count("clone"), 1);
    }));

  for (const [what, prove] of [
    ["a refresh", (ctx, outs) => readClone(ctx, outs)],
    ["an update", (ctx, outs) => updateClone(ctx, outs, clone)],
  ] satisfies [
    string,
    (ctx: SimulatedHost["ctx"], outs: Awaited<ReturnType<typeof createClone>>["outs"]) => unknown,
  ][])
    it(`refuses its own copy if Pulumi knew that copy and released it, as ${what} shows`, () =>
      onHost(async ({ ctx }) => {
        const { outs } = await createClone(ctx, clone);
        await prove(ctx, outs);
        await assert.rejects(createClone(ctx, clone), /this stack did not create it/);
      }));

  it("fails at once if another stack is creating an instance with that name", () =>
    onHost(async ({ ctx, count, journal }) => {
      const since = new Date().toISOString();
      const entry = {
        version: 1,
        owner: OTHER,
        name: "web",
        fingerprint: "",
        phase: "launching",
        since,
      } as const;
      await journal.write(entry);
      await assert.rejects(createClone(ctx, clone), (error) => isMultipassError(error, "not-owned"));
      assert.equal((await ctx.multipass.ledger.entryOf("web"))?.owner, OTHER);
      assert.equal(await count("clone"), 0);
      // From here on, no other create is working on it.
      await journal.write({ ...entry, since: new Date(0).toISOString() });
      await createClone(ctx, clone);
      assert.equal((await ctx.multipass.ledger.entryOf("web"))?.owner, clone.owner);
    }));
});
