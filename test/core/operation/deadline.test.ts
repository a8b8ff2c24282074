import assert from "node:assert/strict";
import { newMultipass } from "../../../provider/core/multipass.ts";
import { systemClock } from "../../../provider/driver/clock.ts";
import { operationFor, surroundings } from "../../support/operations.ts";
import { scaledClock } from "../../support/scaled-clock.ts";

describe("work without a limit of its own", () => {
  for (const [what, clock] of Object.entries({ "the system's": systemClock, "a scaled": scaledClock(20) })) {
    it(`is waited for until the deadline and no longer, on ${what} clock`, async () => {
      const given = surroundings(newMultipass("multipass", clock), clock);
      await Promise.all(
        Array.from({ length: 60 }, (_, index) => {
          const op = operationFor(10 + index * 0.61, given);
          return assert.rejects(op.within("a miracle", new Promise(() => {})), {
            kind: "deadline",
          });
        }),
      );
    });
  }
});
