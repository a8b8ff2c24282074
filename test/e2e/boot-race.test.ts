import assert from "node:assert/strict";
import { startImageServer } from "../../simulator/src/index.ts";
import { until } from "../support/until.ts";
import { labelOf, VERSIONS } from "../support/versions.ts";
import { doors, inLab, JUST_BOOTED, onStatus, succeeded } from "./lab.ts";

const program = (rest = "") => `
const vm = new multipass.Instance("dev", { name: "dev", image: "24.04", cloudInit: "#cloud-config\\nx: 1\\n"${rest} });
export const ip = vm.ipAddress;
export const url = vm.resolvedImage.apply((image) => image?.url);
`;

/** Simulated time runs ten times as fast, and the pauses between attempts are a tenth. */
const FAST = { timeScale: 10 };
const RETRY = `, retry: { initialDelay: "500ms", maxDelay: "6s" }`;

for (const deployer of doors()) {
  describe(`the boot race on the ${deployer.name}`, () => {
    for (const version of VERSIONS) {
      it(`is survived by waiting for the daemon's own retry, on ${labelOf(version)}`, () =>
        inLab(
          deployer,
          program(`${RETRY}, remedies: { directImage: false }`),
          { simulator: { ...FAST, version, faults: JUST_BOOTED } },
          async ({ stack, sim }) => {
            const up = await stack.up(
              onStatus(
                [/^waiting for the daemon/, () => sim.startDaemon()],
                [
                  /^waiting for image servers/,
                  // The third fetch fails, too: only the daemon's fourth can get a list.
                  async () => {
                    await until(async () => (await sim.world()).imageList.fetches >= 3);
                    await sim.setFaults({});
                  },
                ],
              ),
            );
            assert.ok(up.ok, up.text);
            assert.match(String(up.outputs["ip"]), /^\d+\./);
            assert.equal(up.outputs["url"], undefined);
            const launches = (await sim.calls()).filter(({ argv }) => argv[0] === "launch");
            assert.ok(launches.length <= 6, `${launches.length} launches for one race`);
            assert.equal(launches.filter(({ exitCode }) => exitCode === 0).length, 1);
            assert.equal(Object.keys((await sim.world()).instances).length, 1);
            const status = up.logs.filter(({ ephemeral }) => ephemeral).map(({ message }) => message);
            assert.ok(
              status.some((line) => /^waiting for image servers · gives up [\d:]{8}$/.test(line)),
              status.join("\n"),
            );
          },
        ));
    }

    it("ends as soon as this host can read the image server's index: the image is launched by URL", async () => {
      const server = await startImageServer();
      try {
        server.setAvailable(false);
        await inLab(
          deployer,
          program(),
          {
            simulator: { version: "1.16.3", faults: { networkOutages: [{}] } },
            env: { PULUMI_MULTIPASS_IMAGE_SERVER: server.url },
          },
          async ({ stack, sim, resource }) => {
            const up = await stack.up(
              onStatus([
                /^waiting for image servers/,
                async () => {
                  await sim.setFaults({});
                  server.setAvailable(true);
                },
              ]),
            );
            assert.ok(up.ok, up.text);
            assert.match(String(up.outputs["url"]), /\.img$/);
            assert.match(up.text, /no image list in the daemon yet: launching by URL from 127\.0\.0\.1/);
            const { inputs } = await resource("dev");
            assert.equal(inputs["image"], "24.04");
            const again = await stack.up();
            assert.equal(again.summary.update ?? 0, 0, "the direct image shows as a change");
            assert.equal(
              (await sim.calls()).filter(({ exitCode, argv }) => argv[0] === "launch" && exitCode === 0)
                .length,
              1,
            );
          },
        );
      } finally {
        await server.close();
      }
    });

    it("causes a single wait for many: twenty instances make no more attempts than one", () =>
      inLab(
        deployer,
        `for (let i = 0; i < 20; i++) new multipass.Instance("vm" + i, { name: "vm" + i, disk: "5G", memory: "1G", cpus: 1${RETRY} });`,
        { simulator: { ...FAST, version: "1.16.3", faults: { networkOutages: [{}] } } },
        async ({ stack, sim }) => {
          succeeded(await stack.up(onStatus([/^waiting for image servers/, () => sim.setFaults({})])));
          assert.equal(Object.keys((await sim.world()).instances).length, 20);
          const failed = (await sim.calls()).filter(
            ({ argv, exitCode }) => argv[0] === "launch" && exitCode !== 0,
          );
          assert.ok(failed.length <= 8, `${failed.length} launches failed`);
        },
      ));

    for (const [what, faults, args, message] of [
      [
        "an unknown image",
        {},
        `{ name: "dev", image: "nosuch" }`,
        /Unable to find an image matching "nosuch"[\s\S]*multipass find/,
      ],
      [
        "no access to the socket",
        { accessDenied: true },
        `{ name: "dev" }`,
        /socket access denied[\s\S]*group/,
      ],
      [
        "a client that is not trusted",
        { unauthenticated: true },
        `{ name: "dev" }`,
        /not authenticated[\s\S]*multipass authenticate/,
      ],
    ] as const) {
      it(`is not confused with permanent errors: ${what} fails immediately, with a remedy [long]`, () =>
        inLab(
          deployer,
          `new multipass.Instance("dev", ${args});`,
          { simulator: { faults } },
          async ({ stack, sim, counts }) => {
            const up = await stack.up();
            assert.equal(up.ok, false);
            assert.match(up.text, message);
            assert.ok(((await counts())["launch"] ?? 0) <= 1);
            assert.deepEqual(
              (await stack.state()).resources.filter(({ custom }) => custom),
              [],
            );
            assert.deepEqual(Object.keys((await sim.world()).instances), []);
          },
        ));
    }
  });
}
