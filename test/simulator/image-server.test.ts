import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { startImageServer, startSimulator } from "../../simulator/src/index.ts";
import { disposed } from "../support/disposed.ts";
import { run } from "../support/run.ts";

describe("startImageServer", () => {
  it("serves simplestreams documents and images, and can be unreachable", async () => {
    const images = disposed(await startImageServer());
    const index = (await (await fetch(`${images.url}/releases/streams/v1/index.json`)).json()) as {
      index: Record<string, { path: string }>;
    };
    const { path } = index.index["com.ubuntu.cloud:released:download"] ?? { path: "" };
    const { products } = (await (await fetch(`${images.url}/releases/${path}`)).json()) as {
      products: Record<
        string,
        {
          aliases: string;
          versions: Record<string, { items: Record<string, { path: string; sha256: string; size: number }> }>;
        }
      >;
    };
    const noble = products["com.ubuntu.cloud:server:24.04:amd64"];
    assert.equal(noble?.aliases, "24.04,n,noble,lts,default");
    const item = Object.values(noble?.versions ?? {})[0]?.items["disk1.img"];
    const address = `${images.url}/releases/${item?.path}`;
    const data = Buffer.from(await (await fetch(address)).arrayBuffer());
    assert.equal(createHash("sha256").update(data).digest("hex"), item?.sha256);
    assert.equal(data.length, item?.size);

    const sim = disposed(await startSimulator({ faults: { networkOutages: [{ hosts: ["*.ubuntu.com"] }] } }));
    assert.equal((await run(sim.bin, ["launch", address])).code, 0);
    assert.ok(images.requests().includes(new URL(address).pathname));
    images.setAvailable(false);
    await assert.rejects(fetch(`${images.url}/releases/streams/v1/index.json`));
    const { stderr } = await run(sim.bin, ["launch", `${address}.other`]);
    assert.match(stderr, /launch failed: failed to download from 'http:/);
  });
});
