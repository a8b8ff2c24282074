import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http2";
import type { AddressInfo } from "node:net";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { credentials } from "@grpc/grpc-js";
import plugproto from "@pulumi/pulumi/proto/plugin_pb.js";
import provrpc from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import provproto from "@pulumi/pulumi/proto/provider_pb.js";
import { execa } from "execa";
import empty from "google-protobuf/google/protobuf/empty_pb.js";
import structpb from "google-protobuf/google/protobuf/struct_pb.js";
import packageJson from "../../../package.json" with { type: "json" };
import { startSimulator } from "../../../simulator/src/index.ts";

const MAIN = fileURLToPath(new URL("../../../provider/doors/plugin/main.ts", import.meta.url));
const SECRET = { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270" };
const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
const URN = "urn:pulumi:test::lab::multipass-lab:index:Instance::dev";

interface Running extends AsyncDisposable {
  process: ChildProcess;
  client: InstanceType<typeof provrpc.ResourceProviderClient>;
  firstLine: string;
}

async function startPlugin(env: Record<string, string> = {}, engine = ""): Promise<Running> {
  const child = spawn(process.execPath, [MAIN, ...(engine === "" ? [] : [engine])], {
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const lines = createInterface({ input: child.stdout });
  const [firstLine] = (await once(lines, "line")) as [string];
  const client = new provrpc.ResourceProviderClient(`127.0.0.1:${firstLine}`, credentials.createInsecure());
  return {
    process: child,
    client,
    firstLine,
    async [Symbol.asyncDispose]() {
      client.close();
      if (child.exitCode === null && child.signalCode === null) {
        child.kill("SIGKILL");
        await once(child, "exit");
      }
    },
  };
}

const struct = (properties: Record<string, structpb.JavaScriptValue>) =>
  structpb.Struct.fromJavaScript(properties);

function check(
  { client }: Running,
  news: Record<string, structpb.JavaScriptValue>,
  { name, mode = 0, seed = "" }: { name?: string; mode?: 0 | 1 | 2; seed?: string } = {},
) {
  const request = new provproto.CheckRequest();
  request.setRandomseed(new TextEncoder().encode(seed));
  request.setUrn(URN);
  request.setNews(struct(news));
  if (name !== undefined) {
    const autonaming = new provproto.CheckRequest.AutonamingOptions();
    autonaming.setProposedName(name);
    autonaming.setMode(mode);
    request.setAutonaming(autonaming);
  }
  return new Promise<{ inputs: Record<string, unknown>; failures: string[] }>((resolve, reject) => {
    client.check(request, (error, reply) =>
      error
        ? reject(error)
        : resolve({
            inputs: reply.getInputs()?.toJavaScript() ?? {},
            failures: reply.getFailuresList().map((one) => one.getReason()),
          }),
    );
  });
}

function idsOf({ client }: Running, name: string): Promise<string[]> {
  const request = new provproto.ListRequest();
  request.setToken(`multipass-lab:index:${name}`);
  const ids: string[] = [];
  return new Promise((resolve, reject) => {
    client
      .list(request)
      .on("data", (reply: provproto.ListResponse) => ids.push(reply.getResult()?.getId() ?? ""))
      .on("error", reject)
      .on("end", () => resolve(ids));
  });
}

describe("the plugin's process", () => {
  it("prints its port first, and exits on SIGINT when it has nothing to do", async () => {
    await using plugin = await startPlugin();
    assert.match(plugin.firstLine, /^\d+$/);
    plugin.process.kill("SIGINT");
    await once(plugin.process, "exit");
  });

  it("exits when its engine is gone", async () => {
    const engine = createServer();
    const sessions = new Set<{ destroy(): void }>();
    engine.on("session", (session) => sessions.add(session));
    await new Promise<void>((resolve) => engine.listen(0, "127.0.0.1", resolve));
    const { port } = engine.address() as AddressInfo;
    await using plugin = await startPlugin({}, `127.0.0.1:${port}`);
    await once(engine, "session");
    const exited = once(plugin.process, "exit");
    engine.close();
    for (const session of sessions) session.destroy();
    await exited;
  });

  it("keeps secrets secret, passes on unknown values, and accepts a resource in place of its name", async () => {
    await using sim = await startSimulator({});
    await using plugin = await startPlugin({ ...sim.env });
    const secret = { ...SECRET, value: "#cloud-config\npassword: x\n" };
    const { inputs, failures } = await check(plugin, {
      name: "dev",
      cloudInit: secret,
      memory: UNKNOWN,
      zone: null,
    });
    assert.deepEqual(failures, []);
    assert.deepEqual(inputs, { name: "dev", cloudInit: secret, memory: UNKNOWN });

    const request = new provproto.CheckRequest();
    request.setUrn(URN.replace("Instance", "Alias"));
    const reference = {
      "4dabf18193072939515e22adb298388d": "5cf8f73096256a8f31e491e813e4eb8e",
      urn: URN,
      id: "dev",
    };
    request.setNews(struct({ instance: reference, command: "ls" }));
    const checked = await new Promise<provproto.CheckResponse>((resolve, reject) =>
      plugin.client.check(request, (error, reply) => (error ? reject(error) : resolve(reply))),
    );
    assert.deepEqual(checked.getInputs()?.toJavaScript(), { instance: "dev", command: "ls", name: "ls" });
  });

  it("says what is wrong with arguments without showing a secret", async () => {
    await using sim = await startSimulator({});
    await using plugin = await startPlugin({ ...sim.env });
    const { failures } = await check(plugin, { memory: { ...SECRET, value: "hunter2" }, cpu: 2 });
    assert.equal(failures.length, 2, failures.join("\n"));
    assert.ok(failures.some((one) => one.includes("cpu is not an argument: did you mean `cpus`")));
    assert.ok(!failures.join().includes("hunter2"));
  });

  it("shows no secret argument of a lookup in its failure", async () => {
    await using sim = await startSimulator({});
    await execa(sim.bin, ["launch", "--name", "dev"]);
    await using plugin = await startPlugin({ ...sim.env });
    const script = 'echo "exec failed: refused: hunter2-hunter2 $TOKEN" >&2; exit 255';
    const request = new provproto.InvokeRequest();
    request.setTok("multipass-lab:index:runOutput");
    request.setArgs(
      struct({
        instance: "dev",
        shell: true,
        command: { ...SECRET, value: script },
        environment: { TOKEN: "swordfish" },
      }),
    );
    const failure = await new Promise<Error>((resolve, reject) =>
      plugin.client.invoke(request, (error) => (error ? resolve(error) : reject(new Error("no failure")))),
    );
    assert.match(failure.message, /Unable to look up the output of a command[\s\S]*\[command\] \[TOKEN\]/);
    assert.doesNotMatch(JSON.stringify(failure), /hunter2|swordfish/);
  });

  it("makes names as pulumi:autonaming asks for them", async () => {
    const { PROPOSE, ENFORCE, DISABLE } = provproto.CheckRequest.AutonamingOptions.Mode;
    await using sim = await startSimulator({});
    await using plugin = await startPlugin({ ...sim.env });
    const name = async (name: string, mode: 0 | 1 | 2) =>
      (await check(plugin, {}, { name, mode })).inputs["name"];
    assert.equal(await name("lab_dev.1", PROPOSE), "lab-dev-1");
    assert.equal(await name("lab-dev", ENFORCE), "lab-dev");
    assert.match(
      (await check(plugin, {}, { name: "lab_dev", mode: ENFORCE })).failures.join(),
      /^name must begin/,
    );
    assert.match((await check(plugin, {}, { name: "", mode: DISABLE })).failures.join(), /^name is required/);
  });

  it("makes the same automatic name from the same random seed, as update plans need", async () => {
    await using sim = await startSimulator({});
    await using plugin = await startPlugin({ ...sim.env });
    const name = async (seed: string) => (await check(plugin, {}, { seed })).inputs["name"];
    const first = await name("one");
    assert.match(String(first), /^dev-[0-9a-f]{7}$/);
    assert.equal(await name("one"), first);
    assert.notEqual(await name("two"), first);
    assert.notEqual(await name(""), await name(""));
  });

  it("serves several providers in one process, as with PULUMI_DEBUG_PROVIDERS", async () => {
    await using near = await startSimulator({});
    await using far = await startSimulator({});
    for (const [sim, name] of [
      [near, "here"],
      [far, "there"],
    ] as const)
      await execa(sim.bin, ["launch", "--name", name], { env: { ...sim.env } });
    await using plugin = await startPlugin({ ...near.env });
    // Every provider has a connection of its own.
    const second = new provrpc.ResourceProviderClient(
      `127.0.0.1:${plugin.firstLine}`,
      credentials.createInsecure(),
      { "grpc.use_local_subchannel_pool": 1 },
    );
    const configure = (client: Running["client"], args: Record<string, string>) => {
      const request = new provproto.ConfigureRequest();
      request.setArgs(struct(args));
      return new Promise<void>((resolve, reject) =>
        client.configure(request, (error) => (error ? reject(error) : resolve())),
      );
    };
    await configure(plugin.client, {});
    await configure(second, { serverAddress: String(far.env.MULTIPASS_SERVER_ADDRESS) });
    assert.deepEqual(await idsOf(plugin, "Instance"), ["here"]);
    assert.deepEqual(await idsOf({ ...plugin, client: second }, "Instance"), ["there"]);
    second.close();
  });

  it("serves one run of Pulumi after the other, as with PULUMI_DEBUG_PROVIDERS", async () => {
    await using sim = await startSimulator({});
    await using plugin = await startPlugin({ ...sim.env });
    const { client } = plugin;
    const inputs = { name: "dev" };
    const done = (send: (done: (error: Error | null) => void) => void) =>
      new Promise<void>((resolve, reject) => send((error) => (error ? reject(error) : resolve())));
    const begin = async (engine: string) => {
      const attach = new plugproto.PluginAttach();
      attach.setAddress(engine);
      await done((heard) => client.attach(attach, heard));
      await done((heard) => client.configure(new provproto.ConfigureRequest(), heard));
    };

    await begin("127.0.0.1:1");
    const create = new provproto.CreateRequest();
    create.setUrn(URN);
    create.setProperties(struct(inputs));
    await done((heard) => client.create(create, heard));
    // The engine cancels what it has attached to at the end of a run that failed.
    await done((heard) => client.cancel(new empty.Empty(), heard));

    await begin("127.0.0.1:2");
    const remove = new provproto.DeleteRequest();
    remove.setUrn(URN);
    remove.setId("dev");
    remove.setProperties(struct(inputs));
    await done((heard) => client.delete(remove, heard));
    assert.deepEqual(await idsOf(plugin, "Instance"), []);
  });

  it("lists the ids of what exists, and serves its schema", async () => {
    await using sim = await startSimulator({});
    for (const command of [
      ["launch", "--name", "box"],
      ["mount", "/", "box:/mnt"],
      ["alias", "box:ls"],
    ])
      await execa(sim.bin, command, { env: { ...sim.env } });
    await using plugin = await startPlugin({ ...sim.env });
    assert.deepEqual(await idsOf(plugin, "Instance"), ["box"]);
    assert.deepEqual(await idsOf(plugin, "Mount"), ["box:/mnt"]);
    assert.deepEqual(await idsOf(plugin, "Alias"), ["default.ls"]);
    assert.deepEqual(await idsOf(plugin, "Snapshot"), []);
    await assert.rejects(idsOf(plugin, "Command"), /Command cannot be listed/);
    const { name } = await new Promise<{ name: string }>((resolve, reject) =>
      plugin.client.getSchema(new provproto.GetSchemaRequest(), (error, reply) =>
        error ? reject(error) : resolve(JSON.parse(reply.getSchema())),
      ),
    );
    assert.equal(name, "multipass-lab");
  });

  it("tells its version, which is that of the package", async () => {
    await using plugin = await startPlugin();
    const told = await new Promise<string>((resolve, reject) =>
      plugin.client.getPluginInfo(new empty.Empty(), (error, reply) =>
        error ? reject(error) : resolve(reply.getVersion()),
      ),
    );
    assert.equal(told, packageJson.version);
  });
});
