import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { doors, inLab, succeeded } from "./lab.ts";

const program = (readiness: string, rest = "") =>
  `export const timeline = new multipass.Instance("dev", { name: "dev", readiness: ${readiness}, ${rest} }).timeline;`;

for (const deployer of doors()) {
  describe(`readiness on the ${deployer.name}`, () => {
    it("waits for a port, a URL and a command, and records how long each took", async () => {
      const server = createServer((_request, response) => response.writeHead(500).end());
      await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
      const { port } = server.address() as AddressInfo;
      let asked = 0;
      server
        .removeAllListeners("request")
        .on("request", (_request, response) => response.writeHead(++asked < 3 ? 503 : 204).end());
      try {
        await inLab(
          deployer,
          program(
            `{ checks: [{ tcp: { port: ${port}, host: "127.0.0.1" } }, { http: { url: "http://127.0.0.1:${port}/health" }, interval: "100ms" }, { command: ["test", "-e", "/var/ready"], interval: "200ms" }] }`,
          ),
          {},
          async ({ stack, sim }) => {
            const poke = setInterval(
              () =>
                void sim
                  .instance("dev")
                  .poke({ files: { "/var/ready": "" } })
                  .catch(() => {}),
              2_000,
            );
            const up = await stack.up();
            clearInterval(poke);
            assert.ok(up.ok, up.text);
            assert.equal(asked, 3);
            const { phases } = up.outputs["timeline"] as { phases: { phase: string }[] };
            assert.deepEqual(
              phases.slice(-2).map(({ phase }) => phase),
              ["cloud-init", "checks"],
            );
          },
        );
      } finally {
        server.close();
      }
    });

    it("names the failed check, its last evidence and where to look, and keeps the instance [long]", () =>
      inLab(
        deployer,
        program(`{ checks: [{ command: ["test", "-e", "/never"], timeout: "1s", interval: "200ms" }] }`),
        {},
        async ({ stack, resource }) => {
          const up = await stack.up();
          assert.equal(up.ok, false);
          assert.match(
            up.text,
            /runs, but the command "test" was not ready in time[\s\S]*exited with code 1[\s\S]*multipass exec dev/,
          );
          assert.equal((await resource("dev")).id, "dev");
        },
      ));

    it("waits for a cloud-init that is still running when the launch ends [long]", () =>
      inLab(
        deployer,
        program(`{}`),
        {
          simulator: {
            faults: {
              guestCommands: [
                {
                  match: "cloud-init status",
                  stdout: '{"status":"running","detail":"running modules","errors":[]}',
                  times: 2,
                },
              ],
            },
          },
        },
        async ({ stack }) => {
          const up = succeeded(await stack.up());
          assert.ok(
            up.logs.some(
              ({ message, ephemeral }) => ephemeral && /waiting for cloud-init: scripts_user/.test(message),
            ),
            up.text,
          );
        },
      ));

    for (const [policy, ok] of [
      [`{}`, true],
      [`{ degraded: "fail" }`, false],
    ] as const) {
      it(`${ok ? "accepts, with a warning," : "refuses"} what cloud-init has recovered from under ${policy} [long]`, () =>
        inLab(
          deployer,
          program(policy),
          {
            simulator: {
              faults: {
                guest: {
                  cloudInit: "degraded",
                  cloudInitRecoverableErrors: { WARNING: ["no such package: foo"] },
                },
              },
            },
          },
          async ({ stack }) => {
            const up = await stack.up();
            assert.equal(up.ok, ok, up.text);
            assert.match(up.text, /no such package: foo/);
          },
        ));
    }
  });
}
