import assert from "node:assert/strict";
import { diagnosed } from "../../../provider/core/instance/diagnosis.ts";
import { systemClock } from "../../../provider/driver/clock.ts";
import { MultipassError } from "../../../provider/driver/errors.ts";
import { ANYWHERE, DNSMASQ, host, ON_BRIDGE } from "../../support/linux-sockets.ts";
import { createInstance } from "../../support/operations.ts";
import { onSimulatedHost } from "../../support/simulated-host.ts";

describe("the diagnosis of a create that was given up", () => {
  const inputs = { name: "dev", owner: "urn" };
  const last = new MultipassError('"multipass list" failed', {
    kind: "daemon-unreachable",
    transient: true,
    details: "cannot connect to the multipass socket",
    remedy: "Check that Multipass's service runs.",
  });
  const gaveUp = new MultipassError("Gave up after 30m and 32 attempts", { kind: "deadline", cause: last });
  const offline = () => Promise.reject(new MultipassError("Unable to read it", { kind: "download-failed" }));

  for (const [what, computer, said] of [
    [
      "names the process that keeps the daemon from starting",
      host({ udp: ON_BRIDGE }, { processes: () => [DNSMASQ] }),
      /Failing: the daemon answers \(cannot connect .+\); port 53 is free for Multipass \(.+process 4711\)\)\.[\s\S]*\nEnd it with `sudo kill 4711`, then start Multipass again\. Then run `pulumi up` again\.$/,
    ],
    [
      "notes a program that may keep the daemon from starting",
      host({ udp: ANYWHERE }),
      /\nNote on port 53 free for multipass: a program listens on every address \(udp 0\.0\.0\.0:53\)[\s\S]*\nCheck that Multipass's service runs\. Make it listen/,
    ],
    [
      "gives no advice on a port that is known to be free",
      host({}),
      /OK: the client works \(Multipass 1\.17\.0\); port 53 is free for Multipass; this host has a network; this host can read the image servers\.[\s\S]*\nCheck that Multipass's service runs\. Its log says why it does not start\. Then/,
    ],
    [
      "gives advice on the port if it cannot be checked",
      host({}, { platform: "darwin", processes: () => undefined, readIndex: offline }),
      /Failing: the daemon answers .+; this host can read the image servers \(Unable to read it\)\.[\s\S]*If its log says "dnsmasq died"/,
    ],
  ] as const) {
    it(what, () =>
      onSimulatedHost({ faults: { socketAt: "9h" } }, async ({ ctx }) => {
        const there = { ...ctx, multipass: { ...ctx.multipass, computer: computer } };
        const error = await diagnosed(there, inputs, gaveUp, [], last);
        assert.match(error.message, said);
        assert.equal(error.kind, "deadline");
      }),
    );
  }

  it("looks once for many creates that are given up together", () =>
    onSimulatedHost({ faults: { socketAt: "9h" } }, async ({ ctx, count }) => {
      const there = { ...ctx, multipass: { ...ctx.multipass, computer: host({}) } };
      const names = ["a", "b", "c", "d"];
      await Promise.all(names.map((name) => diagnosed(there, { ...inputs, name }, gaveUp, [], last)));
      assert.equal(await count("list"), 1);
    }));

  it("is also given if the deadline cut off the last call", () =>
    onSimulatedHost(
      {
        faults: {
          commands: [
            { command: "list", text: "cannot connect to the multipass socket" },
            { command: "list", delay: "1h" },
          ],
        },
      },
      async ({ ctx }) => {
        const there = { ...ctx, clock: systemClock };
        // With `adopt`, each attempt looks at the existing instance.
        const args = {
          ...inputs,
          adopt: true,
          timeouts: { create: "8s" },
          retry: { initialDelay: "50ms", factor: 1 },
        };
        await assert.rejects(createInstance(there, args), (error: Error) => {
          assert.match(
            error.message,
            /^Unable to launch instance "dev": gave up after 8s and \d attempts: cannot connect to the multipass socket\n/,
          );
          assert.match(error.message, /\nOK: the client works .*; the daemon answers; /);
          return true;
        });
      },
    ));
});
