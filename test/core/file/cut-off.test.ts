/** What a cut-off file transfer leaves in the guest, and how long it may take. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { InitializationError } from "../../../provider/core/context.ts";
import type { FileState } from "../../../provider/core/file/model.ts";
import { systemClock } from "../../../provider/driver/clock.ts";
import { isMultipassError } from "../../../provider/driver/errors.ts";
import { createFile, deleteFile, diffFile, updateFile } from "../../support/operations.ts";
import { onSimulatedHost, type SimulatedHost } from "../../support/simulated-host.ts";
import { needsWay, openSshHosts } from "../../support/ssh-hosts.ts";
import { until } from "../../support/until.ts";

const inputs = { instance: "dev", path: "/etc/key", content: "hunter2", owner: "urn:dev" };

/** Runs a command of the guest on each temporary file `$f`. */
const onEach = ({ multipass }: SimulatedHost, command: string) =>
  multipass("exec", "dev", "--", "sh", "-c", `cd /tmp; for f in *; do ${command} 2>/dev/null; done; true`);

/** The temporary files in the guest, with the mode of their folder. */
const temporary = (host: SimulatedHost) => onEach(host, "stat -c '%a %n' $f").trim();

const isThere = (host: SimulatedHost) => onEach(host, "sudo cat $f $f/content").includes("hunter2");

describe("a file whose transfer is cut off", () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "sent-"));
    writeFileSync(join(folder, "key"), "hunter2");
  });
  after(() => rmSync(folder, { recursive: true }));

  const kinds: [what: string, args: () => object, step: string][] = [
    ["a file", () => ({}), "^mv "],
    ["a folder", () => ({ content: undefined, directory: folder }), "^tar "],
  ];
  for (const [what, args, step] of kinds) {
    it(`by the end of this process leaves nothing of ${what}, which nobody else could read meanwhile`, () =>
      onSimulatedHost({}, async (host) => {
        host.multipass("launch", "--name", "dev");
        await host.sim.setFaults({ guestCommands: [{ match: step, seconds: 5 }] });
        const end = new AbortController();
        const work = assert.rejects(
          createFile({ ...host.ctx, signal: end.signal }, { ...inputs, ...args() }),
          (error) => isMultipassError(error, "cancelled"),
        );
        for (let look = 0; look < 100 && !isThere(host); look += 1)
          await new Promise((done) => setTimeout(done, 50));
        assert.match(temporary(host), /^700 tmp\.[\w.]+$/);
        end.abort();
        await work;
        assert.equal(isThere(host), false);
        assert.doesNotMatch(temporary(host), /tmp\./);
        assert.doesNotMatch(host.said.join("\n"), /unable to remove/);
      }));
  }

  const folderIsThere = ({ multipass }: SimulatedHost) =>
    multipass("exec", "dev", "--", "sh", "-c", "test -d /home/ubuntu/sent && echo there || true").trim() !==
    "";
  const sent = () => ({
    instance: "dev",
    owner: "urn:dev",
    path: "/home/ubuntu/sent",
    directory: folder,
  });

  it("by a permanent error removes a folder that it created, and leaves one that existed", () =>
    onSimulatedHost({}, async (host) => {
      const { ctx, sim, multipass } = host;
      multipass("launch", "--name", "dev");
      for (const wasThere of [false, true]) {
        if (wasThere) multipass("exec", "dev", "--", "mkdir", "/home/ubuntu/sent");
        await sim.setFaults({ guestCommands: [{ match: "^tar ", stderr: "no space left", exitCode: 1 }] });
        await assert.rejects(createFile(ctx, sent()), /no space left/);
        assert.equal(folderIsThere(host), wasThere);
      }
    }));

  it("before anything was sent claims no folder that it could not look for", () =>
    onSimulatedHost({}, async ({ ctx, sim, multipass }) => {
      multipass("launch", "--name", "dev");
      await sim.setFaults({ guestCommands: [{ match: "^true$", stderr: "sudo: no", exitCode: 1 }] });
      await assert.rejects(createFile(ctx, sent()), /sudo: no/);
    }));

  it("and resumed remembers the folder that it created, and removes it in the end", () =>
    onSimulatedHost({}, async (host) => {
      const { ctx, sim, count } = host;
      host.multipass("launch", "--name", "dev");
      await sim.setFaults({ guestCommands: [{ match: "^tar ", seconds: 60, times: 1 }] });
      const work = createFile(ctx, sent());
      await until(async () => (await count("transfer")) > 0);
      await until(() => folderIsThere(host));
      await sim.crashDaemon();
      await sim.startDaemon();
      const { outs } = await work;
      assert.ok((await count("transfer")) > 1, "it was not interrupted");
      await deleteFile(ctx, outs);
      assert.equal(folderIsThere(host), false);
    }));

  it("and whose source is gone on the second try leaves nothing of the first", () =>
    onSimulatedHost({}, async (host) => {
      const { ctx, sim, count } = host;
      const source = mkdtempSync(join(tmpdir(), "gone-"));
      writeFileSync(join(source, "key"), "hunter2");
      host.multipass("launch", "--name", "dev");
      // The owner is set last, when all is unpacked.
      await sim.setFaults({ guestCommands: [{ match: "^chown .* -- ", seconds: 60, times: 1 }] });
      const failed = assert.rejects(
        createFile(ctx, { ...sent(), directory: source }),
        new RegExp(`does not exist: ${source}`),
      );
      const isUnpacked = () =>
        host.multipass("exec", "dev", "--", "sh", "-c", "cat /home/ubuntu/sent/key 2>/dev/null || true") !==
        "";
      await until(async () => (await count("transfer")) > 0 && isUnpacked());
      rmSync(source, { recursive: true });
      await sim.crashDaemon();
      await sim.startDaemon();
      await failed;
      assert.equal(folderIsThere(host), false);
    }));

  for (const [next, act] of [
    ["written again", createFile],
    ["deleted", (ctx: SimulatedHost["ctx"]) => deleteFile(ctx, { ...inputs, sha256: "" })],
  ] as const) {
    it(`by the end of the daemon leaves nothing once it is ${next}`, () =>
      onSimulatedHost({}, async (host) => {
        host.multipass("launch", "--name", "dev");
        await host.sim.setFaults({ guestCommands: [{ match: "^mv ", seconds: 60, times: 1 }] });
        const end = new AbortController();
        const failed = assert.rejects(createFile({ ...host.ctx, signal: end.signal }, inputs));
        await until(() => isThere(host));
        await host.sim.crashDaemon();
        end.abort();
        await failed;
        await host.sim.startDaemon();
        assert.match(temporary(host), /^700 tmp\.[\w.]+$/, "there is nothing left to remove");
        await act(host.ctx, inputs);
        assert.doesNotMatch(temporary(host), /tmp\./);
      }));
  }

  it("once it is in place is known to the state, so that the next run removes it", () =>
    onSimulatedHost({}, async (host) => {
      host.multipass("launch", "--name", "dev");
      const inPlace = () =>
        host.multipass("exec", "dev", "--", "sh", "-c", "sudo cat /etc/key 2>/dev/null || true");
      const cutOffWith = async (
        content: string,
        work: (ctx: SimulatedHost["ctx"]) => Promise<unknown>,
      ): Promise<FileState> => {
        await host.sim.setFaults({ guestCommands: [{ match: "^sha256sum", seconds: 5 }] });
        const end = new AbortController();
        const failed = work({ ...host.ctx, signal: end.signal }).catch((error) => error);
        await until(() => inPlace() === content);
        end.abort();
        const error: unknown = await failed;
        await host.sim.setFaults({});
        assert.ok(error instanceof InitializationError, String(error));
        return error.outs;
      };
      const partial = await cutOffWith("hunter2", (ctx) => createFile(ctx, inputs));
      assert.equal(diffFile(partial, inputs).changes, true);
      await deleteFile(host.ctx, partial);
      assert.equal(inPlace(), "");

      const { outs } = await createFile(host.ctx, inputs);
      const news = { ...inputs, content: "hunter3" };
      const changed = await cutOffWith("hunter3", (ctx) => updateFile(ctx, outs, news));
      assert.equal(diffFile(changed, inputs).changes, true, "a program that goes back writes it again");
    }));

  it("by a source that cannot be read, behind ssh, fails and says which", async function () {
    needsWay(this, "a stand-in for ssh");
    await using ssh = await openSshHosts("a stand-in for ssh");
    await onSimulatedHost({ ssh }, async (host) => {
      host.multipass("launch", "--name", "dev");
      const directory = join(folder, "nowhere");
      await assert.rejects(createFile(host.ctx, { ...sent(), directory }), (error: Error) =>
        error.message.endsWith(`does not exist: ${directory}`),
      );
      assert.equal(folderIsThere(host), false);
    });
  });

  it("by its timeout leaves nothing, and all of its steps together do not exceed that time", () =>
    onSimulatedHost({}, async (host) => {
      host.multipass("launch", "--name", "dev");
      await host.sim.setFaults({
        commands: [{ command: "transfer", delay: 6 }],
        guestCommands: [{ match: "^mv ", seconds: 60 }],
      });
      // The client runs in real time.
      const ctx = { ...host.ctx, clock: systemClock };
      const begin = performance.now();
      const ends: number[] = [];
      const { driver } = host.host;
      const exec = driver.exec.bind(driver);
      driver.exec = (name, command, options = {}) => {
        const script = Buffer.from(String(options.input), "base64").toString();
        // The clean-up has its own time limit.
        if (!script.includes("rm -rf"))
          ends.push(performance.now() - begin + (options.timeoutMs ?? Number.POSITIVE_INFINITY));
        return exec(name, command, options);
      };
      await assert.rejects(createFile(ctx, { ...inputs, timeouts: { create: "8s" } }), (error) =>
        isMultipassError(error, "deadline"),
      );
      assert.ok(ends.length > 0);
      for (const end of ends) assert.ok(end < 10_000, `a step may go on until ${end} ms`);
      assert.equal(isThere(host), false);
    }));
});
