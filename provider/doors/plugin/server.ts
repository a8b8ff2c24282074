import { isDeepStrictEqual } from "node:util";
import {
  Server,
  ServerCredentials,
  type ServerUnaryCall,
  type ServerWritableStream,
  type sendUnaryData,
  type UntypedServiceImplementation,
} from "@grpc/grpc-js";
import plugproto from "@pulumi/pulumi/proto/plugin_pb.js";
import provrpc from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import provproto from "@pulumi/pulumi/proto/provider_pb.js";
import empty from "google-protobuf/google/protobuf/empty_pb.js";
import type { Properties } from "../../core/description.ts";
import { message } from "../message.ts";
import { plainProperties } from "../values.ts";
import { schemaText, version } from "./declared.ts";
import { toStatus } from "./failures.ts";
import type { Provider, Resource } from "./resource.ts";
import { fromStruct, secretNames, toStruct } from "./values.ts";

const { DIFF_NONE, DIFF_SOME } = provproto.DiffResponse.DiffChanges;

/** The engine's own limit: states and assets are larger than gRPC expects. */
const LARGEST_MESSAGE = 400 * 1024 * 1024;

/** Serves Pulumi's `ResourceProvider`. @param engine its address. @returns our port */
export async function serve(engine: string | undefined): Promise<number> {
  const server = new Server({
    "grpc.max_receive_message_length": LARGEST_MESSAGE,
    "grpc.max_send_message_length": LARGEST_MESSAGE,
  });
  const providers = new Providers(engine);
  server.addService(provrpc.ResourceProviderService as never, {
    ...aboutThePlugin(providers),
    ...aboutAProvider(providers),
    ...aboutAResource(providers),
  });
  return new Promise((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) =>
      error ? reject(error) : resolve(port),
    );
  });
}

/** A request about one resource. */
type About = Pick<provproto.CheckRequest, "getUrn" | "getName" | "getType">;

/** The providers of this process, and the engine that they serve. */
class Providers {
  /** The engine's address; a plugin started by hand learns it later. */
  #engine: string | undefined;
  /**
   * By the connection on which they were configured. The engine usually starts one process per provider. With
   * `PULUMI_DEBUG_PROVIDERS`, several providers connect to one process.
   */
  readonly #all = new Map<string, Promise<Provider>>();
  #last: Promise<Provider> | undefined;

  constructor(engine: string | undefined) {
    this.#engine = engine;
  }

  /** Every provider of a run attaches, and each run has an engine of its own. */
  async attach(engine: string): Promise<void> {
    if (engine === this.#engine) return;
    const [{ beginRun }, { beginWithNothing }] = await Promise.all([
      import("../shutdown.ts"),
      import("../../core/multipass.ts"),
    ]);
    beginRun();
    beginWithNothing();
    [this.#engine, this.#last] = [engine, undefined];
    this.#all.clear();
  }

  async configure(peer: string, given: Properties): Promise<void> {
    this.#last = this.#newProvider(given);
    this.#all.set(peer, this.#last);
    await this.#last;
  }

  async #newProvider(given: Properties): Promise<Provider> {
    // The core is loaded on first use, because the engine waits for the port.
    const [{ configurationOf }, { runOf }] = await Promise.all([
      import("./configuration.ts"),
      import("./run.ts"),
    ]);
    const configuration = configurationOf(given);
    return { configuration, run: runOf(configuration, () => this.#engine), onlyRecorded: new Set() };
  }

  /** Some requests come before any configuration. */
  of(peer: string): Promise<Provider> {
    this.#last ??= this.#newProvider({});
    return this.#all.get(peer) ?? this.#last;
  }

  async resource(request: About, peer: string): Promise<Resource> {
    const { Resource } = await import("./resource.ts");
    const urn = request.getUrn();
    // Older engines send only the URN.
    const [, , qualifiedType = "", ...name] = urn.split("::");
    const subject = {
      urn,
      name: request.getName() || name.join("::"),
      type: request.getType() || (qualifiedType.split("$").at(-1) as string),
    };
    return new Resource(subject, await this.of(peer));
  }
}

/** What the engine asks of the plugin itself. */
const aboutThePlugin = (providers: Providers): UntypedServiceImplementation => ({
  handshake: unary(async () =>
    message(provproto.ProviderHandshakeResponse, {
      acceptSecrets: true,
      acceptResources: true,
      acceptOutputs: true,
      supportsAutonamingConfiguration: true,
    }),
  ),

  attach: unary(async (request: plugproto.PluginAttach) => {
    await providers.attach(request.getAddress());
    return new empty.Empty();
  }),

  getPluginInfo: unary(async () => message(plugproto.PluginInfo, { version })),
  getSchema: unary(async () => message(provproto.GetSchemaResponse, { schema: schemaText() })),
  getMapping: unary(async () => new provproto.GetMappingResponse()),
  getMappings: unary(async () => new provproto.GetMappingsResponse()),
  cancel: unary(async () => new empty.Empty()),
});

/** What the engine asks of one provider. */
const aboutAProvider = (providers: Providers): UntypedServiceImplementation => ({
  checkConfig: unary(async (request: provproto.CheckRequest) => {
    const { checkConfiguration } = await import("./configuration.ts");
    const given = fromStruct(request.getNews());
    const failures = checkConfiguration(plainProperties(given), secretNames(given));
    return message(provproto.CheckResponse, {
      inputs: request.getNews(),
      failuresList: failures.map(failure),
    });
  }),

  // Asked whenever a resource changes its provider. Replacing it would replace all its instances.
  diffConfig: unary(async (request: provproto.DiffRequest) => {
    const before = fromStruct(request.hasOldInputs() ? request.getOldInputs() : request.getOlds());
    const isSame = isDeepStrictEqual(before, fromStruct(request.getNews()));
    return message(provproto.DiffResponse, { changes: isSame ? DIFF_NONE : DIFF_SOME });
  }),

  configure: unary(async (request: provproto.ConfigureRequest, peer) => {
    await providers.configure(peer, plainProperties(fromStruct(request.getArgs())));
    return message(provproto.ConfigureResponse, {
      acceptsecrets: true,
      acceptresources: true,
      acceptoutputs: true,
      supportspreview: true,
      supportsAutonamingConfiguration: true,
    });
  }),

  invoke: unary(async (request: provproto.InvokeRequest, peer) => {
    const { invoke } = await import("./functions.ts");
    const args = fromStruct(request.getArgs());
    const answer = await invoke(request.getTok(), args, (await providers.of(peer)).run);
    return message(provproto.InvokeResponse, { return: toStruct({ ...answer }) });
  }),

  list: stream(async (request: provproto.ListRequest, peer, send) => {
    const { idsOf } = await import("./functions.ts");
    const names = await idsOf(request.getToken(), (await providers.of(peer)).run);
    for (const name of names.slice(0, request.getLimit() || names.length)) {
      const result = message(provproto.ListResponse.Result, { id: name, name });
      send(message(provproto.ListResponse, { result }));
    }
  }),
});

/** What the engine asks of one resource. */
const aboutAResource = (providers: Providers): UntypedServiceImplementation => ({
  check: unary(async (request: provproto.CheckRequest, peer) => {
    const resource = await providers.resource(request, peer);
    const { inputs, failures } = await resource.check(
      fromStruct(request.getOlds()),
      fromStruct(request.getNews()),
      request.getRandomseed_asB64(),
      request.getAutonaming()?.toObject(),
    );
    return message(provproto.CheckResponse, {
      inputs: toStruct(inputs),
      failuresList: failures.map(failure),
    });
  }),

  diff: unary(async (request: provproto.DiffRequest, peer) => {
    const resource = await providers.resource(request, peer);
    const { changes, replaces, deleteBeforeReplace, properties } = await resource.diff(
      request.getId(),
      fromStruct(request.getOldInputs()),
      fromStruct(request.getOlds()),
      fromStruct(request.getNews()),
    );
    const reply = message(provproto.DiffResponse, {
      changes: changes ? DIFF_SOME : DIFF_NONE,
      replacesList: replaces,
      deletebeforereplace: deleteBeforeReplace,
      hasdetaileddiff: true,
      diffsList: [...new Set(properties.map(({ path }) => path.replace(/[.[].*/s, "")))],
    });
    for (const { path, kind } of properties)
      reply.getDetaileddiffMap().set(path, message(provproto.PropertyDiff, { kind, inputdiff: true }));
    return reply;
  }),

  create: unary(async (request: provproto.CreateRequest, peer) => {
    const inputs = fromStruct(request.getProperties());
    const resource = await providers.resource(request, peer);
    const { id, properties } = request.getPreview()
      ? resource.previewCreate(inputs)
      : await resource.create(inputs, request.getTimeout());
    return message(provproto.CreateResponse, { id, properties: toStruct(properties) });
  }),

  read: unary(async (request: provproto.ReadRequest, peer) => {
    const resource = await providers.resource(request, peer);
    const state = fromStruct(request.getProperties());
    const isImport = !request.hasInputs() && Object.keys(state).length === 0;
    const found = isImport
      ? await resource.import(request.getId(), request.getTimeout())
      : await resource.read(request.getId(), state, fromStruct(request.getInputs()), request.getTimeout());
    if (!found) return new provproto.ReadResponse();
    const { id, properties, inputs } = found;
    return message(provproto.ReadResponse, {
      id,
      properties: toStruct(properties),
      inputs: toStruct(inputs),
    });
  }),

  update: unary(async (request: provproto.UpdateRequest, peer) => {
    const resource = await providers.resource(request, peer);
    const [olds, news] = [fromStruct(request.getOlds()), fromStruct(request.getNews())];
    const properties = request.getPreview()
      ? await resource.previewUpdate(request.getId(), olds, news)
      : await resource.update(request.getId(), olds, news, request.getTimeout());
    return message(provproto.UpdateResponse, { properties: toStruct(properties) });
  }),

  delete: unary(async (request: provproto.DeleteRequest, peer) => {
    const resource = await providers.resource(request, peer);
    await resource.delete(request.getId(), fromStruct(request.getProperties()), request.getTimeout());
    return new empty.Empty();
  }),
});

/** Names no property, since Pulumi prints the whole value of one that is named, even of a secret. */
const failure = (reason: string) => message(provproto.CheckFailure, { reason });

function unary<Request, Reply>(answer: (request: Request, peer: string) => Promise<Reply>) {
  return (call: ServerUnaryCall<Request, Reply>, done: sendUnaryData<Reply>) => {
    answer(call.request, call.getPeer()).then(
      (reply) => done(null, reply),
      (error) => done(toStatus(error)),
    );
  };
}

function stream<Request, Reply>(
  answer: (request: Request, peer: string, send: (reply: Reply) => void) => Promise<void>,
) {
  return (call: ServerWritableStream<Request, Reply>) => {
    answer(call.request, call.getPeer(), (reply) => call.write(reply)).then(
      () => call.end(),
      // A stream that is destroyed never sends its status, and the engine would wait for it forever.
      (error) => call.emit("error", toStatus(error)),
    );
  };
}
