import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { quote } from "../../../provider/driver/guest-command.ts";
import { startImageServer } from "../../../simulator/src/index.ts";
import { executable } from "../../support/host-session.ts";
import { type HostOptions, onSimulatedHost, type SimulatedHost } from "../../support/simulated-host.ts";
import { needsWay, openSshHosts, type SshHosts } from "../../support/ssh-hosts.ts";

/** The daemon gets no image list while one of its servers cannot be reached. */
const NO_LIST: HostOptions = {
  version: "1.17.0",
  faults: { networkOutages: [{ hosts: ["cdimage.ubuntu.com"] }] },
};

/** Every file in a folder, at any depth. */
const filesIn = (folder: string) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name }) => name);

const launchesOf = async ({ sim }: SimulatedHost) =>
  (await sim.calls()).filter(({ argv }) => argv[0] === "launch");

describe("an image for an instance on another host", function () {
  this.timeout(120_000);
  let ssh: SshHosts;
  before(async function () {
    needsWay(this, "a stand-in for ssh");
    ssh = await openSshHosts("a stand-in for ssh");
  });
  after(async () => ssh?.[Symbol.asyncDispose]());

  it("is looked up here and launched there by its URL, while the host's daemon has no image list", async () => {
    await using server = await startImageServer();
    await onSimulatedHost({ ...NO_LIST, ssh }, async (subject) => {
      const { outs } = await subject.create({
        name: "web",
        image: "24.04",
        remedies: {
          imageServers: { release: `${server.url}/releases/`, daily: `${server.url}/daily/` },
        },
      });
      const requests = server.requests();
      const image = requests.filter((path) => path.endsWith(".img"));
      // Only the simulated daemon asks for the image itself.
      assert.equal(image.length, 1, requests.join("\n"));
      assert.ok(requests.some((path) => path.endsWith(":download.json")));
      const done = (await launchesOf(subject)).filter(({ exitCode }) => exitCode === 0);
      assert.deepEqual(
        done.map(({ argv }) => argv.filter((word) => word.includes("://"))),
        [[`${server.url}${image[0]}`]],
      );
      assert.equal(outs.state, "Running");
      for (const folder of [ssh.home(subject.name ?? ""), subject.dir])
        assert.deepEqual(
          filesIn(folder).filter((name) => name.includes(".img")),
          [],
        );
    });
  });

  it("in a file is the host's own file, not one of this computer", () =>
    onSimulatedHost({ ssh }, async (subject) => {
      const name = subject.name ?? "";
      const home = ssh.home(name);
      await rootAtHome(subject);
      mkdirSync(join(home, "srv"));
      writeFileSync(join(home, "srv/theirs.img"), "an image");
      assert.equal(existsSync("/srv/theirs.img"), false);
      const { outs } = await subject.create({ name: "theirs", image: "file:///srv/theirs.img" });
      assert.equal(outs.state, "Running");

      const ours = join(subject.dir, "ours.img");
      writeFileSync(ours, "an image");
      await assert.rejects(
        subject.create({ name: "ours", image: `file://${ours}` }),
        ({ message }: Error) => {
          assert.match(message, /ours\.img` does not exist/);
          assert.match(message, /`file:\/\/` is a path on that host: copy the image there first/);
          return true;
        },
      );
      assert.equal((await subject.callsOf("ours")).filter(({ argv }) => argv[0] === "launch").length, 1);
    }));

  /** Gives the host files of its own: to its client, its home folder is the root of all images. */
  async function rootAtHome({ sim, dir, name = "" }: SimulatedHost): Promise<void> {
    const bin = join(dir, "bin");
    mkdirSync(bin);
    executable(
      join(bin, "multipass"),
      `for word; do
  case "$word" in file:///*) word="file://$HOME\${word#file://}" ;; esac
  shift
  set -- "$@" "$word"
done
exec ${quote(sim.bin)} "$@"`,
    );
    await ssh.add(name, { path: bin });
  }
});
