import { randomBytes } from "node:crypto";
import { credentials, type ServiceError, status } from "@grpc/grpc-js";
import provrpc from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import provproto from "@pulumi/pulumi/proto/provider_pb.js";
import empty from "google-protobuf/google/protobuf/empty_pb.js";
import type { Config } from "./config.ts";
import { pluginError } from "./plugin-errors.ts";
import { type PluginOptions, type PluginProcess, startDynamic, startNative } from "./plugin-process.ts";
import { type Started, stop } from "./process.ts";
import type { DiffResult, Provider, Subject } from "./provider.ts";
import {
  forProvider,
  fromStruct,
  type Props,
  restoreSecrets,
  revealProps,
  secret,
  toStruct,
  type Value,
} from "./values.ts";

type Client = InstanceType<typeof provrpc.ResourceProviderClient>;
type Reply<T> = (error: ServiceError | null, reply: T) => void;

const CHANGES = ["unknown", "none", "some"] as const;
const KINDS = ["add", "add-replace", "delete", "delete-replace", "update", "update-replace"] as const;

/** A provider in its own process. */
export class Plugin implements Provider {
  readonly #client: Client;
  readonly #process: Started;
  readonly #seeds = new Map<string, Uint8Array>();
  /**
   * Whether the provider takes plain values, like the SDK's dynamic one. Values that were secret on the way
   * in become secret again on the way out.
   */
  readonly #isPlain: boolean;

  private constructor({ process, port }: PluginProcess, isPlain: boolean) {
    this.#client = new provrpc.ResourceProviderClient(`127.0.0.1:${port}`, credentials.createInsecure(), {
      "grpc.max_receive_message_length": -1,
      "grpc.max_send_message_length": -1,
    });
    this.#process = process;
    this.#isPlain = isPlain;
  }

  /** The SDK's provider for dynamic resources, with the stack's configuration. */
  static async dynamic(o: PluginOptions, config: Config): Promise<Plugin> {
    const plugin = new Plugin(await startDynamic(o), true);
    const args = Object.entries(config).map(([key, entry]): [string, Value] => [
      key,
      entry.secret ? secret(entry.value) : entry.value,
    ]);
    await plugin.configure(Object.fromEntries(args));
    return plugin;
  }

  /** A package's own plugin, not configured yet. */
  static async native(o: PluginOptions, name: string): Promise<Plugin> {
    const plugin = new Plugin(await startNative(o, name), false);
    await plugin.#shakeHands(o.engineAddress);
    return plugin;
  }

  get supportsPreview(): boolean {
    return !this.#isPlain;
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
    request.setOlds(this.#sent(olds ?? {}));
    request.setNews(this.#sent(news));
    request.setRandomseed(this.#seedOf(of));
    const reply = await call((done: Reply<provproto.CheckResponse>) => this.#client.check(request, done));
    return this.#checked(reply, news);
  }

  async checkConfig(of: Subject, olds: Props | undefined, news: Props) {
    const request = about(new provproto.CheckRequest(), of);
    request.setOlds(this.#sent(olds ?? {}));
    request.setNews(this.#sent(news));
    const reply = await call((done: Reply<provproto.CheckResponse>) =>
      this.#client.checkConfig(request, done),
    );
    return this.#checked(reply, news);
  }

  async configure(args: Props): Promise<void> {
    const request = new provproto.ConfigureRequest();
    request.setArgs(toStruct(args));
    for (const [key, value] of Object.entries(revealProps(args)))
      request.getVariablesMap().set(key, String(value));
    request.setAcceptsecrets(true);
    request.setAcceptresources(true);
    await call((done: Reply<unknown>) => this.#client.configure(request, done));
  }

  async diff(
    of: Subject,
    id: string,
    old: { inputs: Props; outputs: Props },
    news: Props,
  ): Promise<DiffResult> {
    const reply = await call((done: Reply<provproto.DiffResponse>) =>
      this.#client.diff(this.#diffRequest(of, id, old, news), done),
    );
    return diffOf(reply);
  }

  async diffConfig(
    of: Subject,
    id: string,
    old: { inputs: Props; outputs: Props },
    news: Props,
  ): Promise<DiffResult> {
    const reply = await call((done: Reply<provproto.DiffResponse>) =>
      this.#client.diffConfig(this.#diffRequest(of, id, old, news), done),
    );
    return diffOf(reply);
  }

  async create(of: Subject, inputs: Props, preview = false): Promise<{ id: string; outputs: Props }> {
    const request = about(new provproto.CreateRequest(), of);
    request.setProperties(this.#sent(inputs));
    request.setPreview(preview);
    request.setTimeout(of.timeouts?.create ?? 0);
    const reply = await call((done: Reply<provproto.CreateResponse>) => this.#client.create(request, done));
    if (reply.getId() === "" && !preview) {
      throw new Error(`plugin returned empty resource.ID from create '${of.urn}'`);
    }
    return { id: reply.getId(), outputs: this.#received(reply.getProperties(), inputs) };
  }

  async read(of: Subject, id: string, state: { inputs: Props; outputs: Props } | undefined) {
    const request = about(new provproto.ReadRequest(), of);
    request.setId(id);
    request.setProperties(this.#sent(state?.outputs ?? {}));
    if (state) request.setInputs(this.#sent(state.inputs));
    const reply = await call((done: Reply<provproto.ReadResponse>) => this.#client.read(request, done));
    return {
      id: reply.getId(),
      outputs: this.#received(reply.getProperties(), state?.outputs ?? {}),
      inputs: reply.hasInputs() ? this.#received(reply.getInputs(), state?.inputs ?? {}) : undefined,
    };
  }

  async update(
    of: Subject,
    id: string,
    old: { inputs: Props; outputs: Props },
    news: Props,
    preview = false,
  ): Promise<Props> {
    const request = about(new provproto.UpdateRequest(), of);
    request.setId(id);
    request.setOldInputs(this.#sent(old.inputs));
    request.setOlds(this.#sent(old.outputs));
    request.setNews(this.#sent(news));
    request.setPreview(preview);
    request.setTimeout(of.timeouts?.update ?? 0);
    const reply = await call((done: Reply<provproto.UpdateResponse>) => this.#client.update(request, done));
    return this.#received(reply.getProperties(), news);
  }

  async delete(of: Subject, id: string, old: { inputs: Props; outputs: Props }): Promise<void> {
    const request = about(new provproto.DeleteRequest(), of);
    request.setId(id);
    request.setOldInputs(this.#sent(old.inputs));
    request.setProperties(this.#sent(old.outputs));
    request.setTimeout(of.timeouts?.delete ?? 0);
    await call((done: Reply<unknown>) => this.#client.delete(request, done));
  }

  async invoke(token: string, args: Props, preview: boolean) {
    const request = new provproto.InvokeRequest();
    request.setTok(token);
    request.setArgs(this.#sent(args));
    request.setPreview(preview);
    const reply = await call((done: Reply<provproto.InvokeResponse>) => this.#client.invoke(request, done));
    return {
      result: fromStruct(reply.getReturn()),
      failures: reply.getFailuresList().map((failure) => failure.toObject()),
    };
  }

  /** The ids of all objects of a type. */
  list(token: string): Promise<string[]> {
    const request = new provproto.ListRequest();
    request.setToken(token);
    const ids: string[] = [];
    return new Promise((resolve, reject) => {
      this.#client
        .list(request)
        .on("data", (reply: provproto.ListResponse) => ids.push(reply.getResult()?.getId() ?? ""))
        .on("error", (error: ServiceError) => reject(pluginError(error)))
        .on("end", () => resolve(ids));
    });
  }

  async schema(): Promise<string> {
    const reply = await call((done: Reply<provproto.GetSchemaResponse>) =>
      this.#client.getSchema(new provproto.GetSchemaRequest(), done),
    );
    return reply.getSchema();
  }

  /** Older plugins do not know this call. */
  async #shakeHands(engineAddress: string): Promise<void> {
    const request = new provproto.ProviderHandshakeRequest();
    request.setEngineAddress(engineAddress);
    await new Promise<void>((resolve, reject) => {
      this.#client.handshake(request, (error) =>
        error && error.code !== status.UNIMPLEMENTED ? reject(pluginError(error)) : resolve(),
      );
    });
  }

  /** Constant for a resource in one run, as in Pulumi: a replacement must get another name than its original. */
  #seedOf({ urn }: Subject): Uint8Array {
    const seed = this.#seeds.get(urn) ?? randomBytes(32);
    this.#seeds.set(urn, seed);
    return seed;
  }

  #diffRequest(of: Subject, id: string, old: { inputs: Props; outputs: Props }, news: Props) {
    const request = about(new provproto.DiffRequest(), of);
    request.setId(id);
    request.setOldInputs(this.#sent(old.inputs));
    request.setOlds(this.#sent(old.outputs));
    request.setNews(this.#sent(news));
    return request;
  }

  #checked(reply: provproto.CheckResponse, news: Props) {
    return {
      inputs: this.#received(reply.getInputs(), news),
      failures: reply.getFailuresList().map((failure) => failure.toObject()),
    };
  }

  #sent(props: Props) {
    return toStruct(this.#isPlain ? forProvider(props) : props);
  }

  #received(struct: ReturnType<typeof toStruct> | undefined, like: Props): Props {
    const props = fromStruct(struct);
    return this.#isPlain ? restoreSecrets(props, like) : props;
  }
}

function diffOf(reply: provproto.DiffResponse): DiffResult {
  const detailed = [...reply.getDetaileddiffMap().entries()].map(([path, property]) => [
    path,
    KINDS[property.getKind()] ?? "",
  ]);
  return {
    changes: CHANGES[reply.getChanges()] ?? "unknown",
    replaces: reply.getReplacesList(),
    deleteBeforeReplace: reply.getDeletebeforereplace(),
    ...(reply.getHasdetaileddiff() && { detailed: Object.fromEntries(detailed) }),
  };
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
