import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { isMultipassError } from "../../../provider/driver/errors.ts";
import { openSimulatedHost, type SimulatedHost } from "../../support/simulated-host.ts";

describe("an image URL that the server refuses", () => {
  let server: Server;
  let origin: string;
  let subject: SimulatedHost;
  let close: () => Promise<void>;
  /** How many times each path was requested with GET, as the simulated daemon does. */
  const downloads = new Map<string, number>();

  before(async () => {
    server = createServer((request, response) => {
      const [, status = "", reason = ""] = /^\/(\d+)([^/]*)/.exec(request.url ?? "") ?? [];
      const tries = downloads.get(request.url ?? "") ?? 0;
      if (request.method === "GET") downloads.set(request.url ?? "", tries + 1);
      const recovers = status === "503" && tries >= 1;
      response.writeHead(recovers ? 200 : Number(status), decodeURIComponent(recovers ? "OK" : reason)).end();
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    ({ subject, close } = await openSimulatedHost({ version: "1.16.3" }));
  });
  after(async () => {
    await close();
    server.close();
  });

  const launch = (name: string, path: string) =>
    subject.create({ name, image: `${origin}${path}`, retry: { initialDelay: "1s", factor: 1 } });
  const launches = async (name: string) =>
    (await subject.callsOf(name)).filter(({ argv }) => argv[0] === "launch").length;

  for (const [name, path, said] of [
    ["missing", "/404Not%20Found/a.img", /Not Found/],
    ["forbidden", "/403Forbidden/a.img", /Forbidden/],
    // HTTP/2 has no reason phrase.
    ["reasonless", "/404/a.img", /server replied:.*\n.*status 404/],
  ] as const) {
    it(`fails after one launch: ${path}`, async () => {
      await assert.rejects(launch(name, path), (error: Error) => {
        assert.ok(isMultipassError(error, "image-refused"), error.message);
        assert.match(error.message, /^Unable to launch instance "\w+": /);
        assert.match(error.message, said);
        assert.match(error.message, /Correct the URL/);
        return true;
      });
      assert.equal(await launches(name), 1);
      // Nothing is left of it, so a corrected URL can be launched under the same name.
      assert.equal(await subject.journal.read(name), undefined);
    });
  }

  it("is retried if the server is only busy", async () => {
    const { outs } = await launch("busy", "/503Service%20Unavailable/a.img");
    assert.equal(outs.ready, true);
    assert.equal(await launches("busy"), 2);
  });
});
