import { createRequire } from "node:module";
import { join } from "node:path";
import { credentials, type ServiceError } from "@grpc/grpc-js";
import provrpc from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import provproto from "@pulumi/pulumi/proto/provider_pb.js";
import empty from "google-protobuf/google/protobuf/empty_pb.js";
import type { Config } from "./config.ts";
import { pluginError } from "./plugin-errors.ts";
import { type Started, startNode, stop } from "./process.ts";
import type { Project } from "./project.ts";
import {
  forProvider,
  fromStruct,
  type Props,
  restoreSecrets,
  secret,
  toStruct,
  type Value,
} from "./values.ts";

export interface PluginOptions {
  project: Project;
  engineAddress: string;
  env: Record<string, string>;
  config: Config;
  detached: boolean;
  onOutput: (line: string, stream: "stdout" | "stderr") => void;
}

export interface DiffResult {
  changes: "none" | "some" | "unknown";
  replaces: string[];
  deleteBeforeReplace: boolean;
}

/** The resource a call is about. */
export interface Subject {
  urn: string;
  name: string;
  type: string;
}

type Client = InstanceType<typeof provrpc.ResourceProviderClient>;
type Reply<T> = (error: ServiceError | null, reply: T) => void;

const CHANGES = ["unknown", "none", "some"] as const;

/**
 * The SDK's own provider process for dynamic resources. It is given plain values, and what it gives back is made
 * secret again wherever the values it was given were.
 */
export class Plugin {
  readonly #client: Client;
  readonly #process: Started;

  private constructor(client: Client, process: Started) {
    this.#client = client;
    this.#process = process;
  }

  static async start(o: PluginOptions): Promise<Plugin> {
    const script = createRequire(join(o.project.root, "/")).resolve("@pulumi/pulumi/cmd/dynamic-provider");
    const port = Promise.withResolvers<string>();
    let isFirstLine = true;
    const started = startNode({
      args: [script, o.engineAddress],
      cwd: o.project.root,
      env: { ...o.env, ...pluginEnv(o.project) },
      detached: o.detached,
      onStdout: (line) => {
        if (!isFirstLine) return o.onOutput(line, "stdout");
        isFirstLine = false;
        port.resolve(line.trim());
      },
      onStderr: (line) => o.onOutput(line, "stderr"),
    });
    started.ended.then(
      (code) => port.reject(new Error(`the provider plugin ended (${code}) before it was ready`)),
      port.reject,
    );
    const client = new provrpc.ResourceProviderClient(
      `127.0.0.1:${await port.promise}`,
      credentials.createInsecure(),
      { "grpc.max_receive_message_length": -1, "grpc.max_send_message_length": -1 },
    );
    const plugin = new Plugin(client, started);
    await plugin.#configure(o.config);
    return plugin;
  }

  get pid(): number {
    return this.#process.child.pid ?? 0;
  }

  kill(): void {
    this.#process.child.kill("SIGKILL");
  }

  async stop(): Promise<void> {
    this.#client.close();
    await stop(this.#process);
  }

  async cancel(): Promise<void> {
    await call((reply: Reply<unknown>) => this.#client.cancel(new empty.Empty(), reply));
  }

  async check(of: Subject, olds: Props | undefined, news: Props) {
    const request = about(new provproto.CheckRequest(), of);
    request.setOlds(toStruct(forProvider(olds ?? {})));
    request.setNews(toStruct(forProvider(news)));
    const reply = await call((done: Reply<provproto.CheckResponse>) => this.#client.check(request, done));
    return {
      inputs: restoreSecrets(fromStruct(reply.getInputs()), news),
      failures: reply.getFailuresList().map((failure) => failure.toObject()),
    };
  }

  async diff(
    of: Subject,
    id: string,
    old: { inputs: Props; outputs: Props },
    news: Props,
  ): Promise<DiffResult> {
    const request = about(new provproto.DiffRequest(), of);
    request.setId(id);
    request.setOldInputs(toStruct(forProvider(old.inputs)));
    request.setOlds(toStruct(forProvider(old.outputs)));
    request.setNews(toStruct(forProvider(news)));
    const reply = await call((done: Reply<provproto.DiffResponse>) => this.#client.diff(request, done));
    return {
      changes: CHANGES[reply.getChanges()] ?? "unknown",
      replaces: reply.getReplacesList(),
      deleteBeforeReplace: reply.getDeletebeforereplace(),
    };
  }

  async create(of: Subject, inputs: Props): Promise<{ id: string; outputs: Props }> {
    const request = about(new provproto.CreateRequest(), of);
    request.setProperties(toStruct(forProvider(inputs)));
    const reply = await call((done: Reply<provproto.CreateResponse>) => this.#client.create(request, done));
    if (reply.getId() === "") throw new Error(`plugin returned empty resource.ID from create '${of.urn}'`);
    return { id: reply.getId(), outputs: restoreSecrets(fromStruct(reply.getProperties()), inputs) };
  }

  async read(of: Subject, id: string, state: { inputs: Props; outputs: Props }) {
    const request = about(new provproto.ReadRequest(), of);
    request.setId(id);
    request.setInputs(toStruct(forProvider(state.inputs)));
    request.setProperties(toStruct(forProvider(state.outputs)));
    const reply = await call((done: Reply<provproto.ReadResponse>) => this.#client.read(request, done));
    return {
      id: reply.getId(),
      outputs: restoreSecrets(fromStruct(reply.getProperties()), state.outputs),
      inputs: reply.hasInputs() ? restoreSecrets(fromStruct(reply.getInputs()), state.inputs) : undefined,
    };
  }

  async update(of: Subject, id: string, old: { inputs: Props; outputs: Props }, news: Props): Promise<Props> {
    const request = about(new provproto.UpdateRequest(), of);
    request.setId(id);
    request.setOldInputs(toStruct(forProvider(old.inputs)));
    request.setOlds(toStruct(forProvider(old.outputs)));
    request.setNews(toStruct(forProvider(news)));
    const reply = await call((done: Reply<provproto.UpdateResponse>) => this.#client.update(request, done));
    return restoreSecrets(fromStruct(reply.getProperties()), news);
  }

  async delete(of: Subject, id: string, old: { inputs: Props; outputs: Props }): Promise<void> {
    const request = about(new provproto.DeleteRequest(), of);
    request.setId(id);
    request.setOldInputs(toStruct(forProvider(old.inputs)));
    request.setProperties(toStruct(forProvider(old.outputs)));
    await call((done: Reply<unknown>) => this.#client.delete(request, done));
  }

  async #configure(config: Config): Promise<void> {
    const request = new provproto.ConfigureRequest();
    const args = Object.entries(config).map(([key, entry]): [string, Value] => [
      key,
      entry.secret ? secret(entry.value) : entry.value,
    ]);
    request.setArgs(toStruct(Object.fromEntries(args)));
    request.setAcceptsecrets(true);
    request.setAcceptresources(true);
    await call((done: Reply<unknown>) => this.#client.configure(request, done));
  }
}

interface Addressed {
  setUrn(urn: string): unknown;
  setName(name: string): unknown;
  setType(type: string): unknown;
}

function about<T extends Addressed>(request: T, of: Subject): T {
  request.setUrn(of.urn);
  request.setName(of.name);
  request.setType(of.type);
  return request;
}

const call = <T>(send: (reply: Reply<T>) => void): Promise<T> =>
  new Promise((resolve, reject) => {
    send((error, reply) => (error ? reject(pluginError(error)) : resolve(reply)));
  });

/** Runtime options reach the plugin as variables, as they do from the real engine. */
const pluginEnv = (project: Project): Record<string, string> => ({
  PULUMI_NODEJS_PROJECT: project.name,
  PULUMI_PROJECT: project.name,
  ...Object.fromEntries(
    Object.entries(project.runtimeOptions).map(([key, value]) => [
      `PULUMI_RUNTIME_${key.toUpperCase()}`,
      String(value),
    ]),
  ),
});
