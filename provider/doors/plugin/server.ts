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
import type { Properties } from "../../core/resource.ts";
import { plainProperties } from "../values.ts";
import { schemaText, version } from "./declared.ts";
import { toStatus } from "./failures.ts";
import type { Provider, Resource } from "./resource.ts";
import { fromStruct, secretNames, toStruct } from "./values.ts";

/** The engine's own limit: states and assets are larger than gRPC expects. */
const LARGEST_MESSAGE = 400 * 1024 * 1024;

/** Serves Pulumi's `ResourceProvider`. @param engine its address. @returns our port */
export async function serve(engine: string | undefined): Promise<number> {
  const server = new Server({
    "grpc.max_receive_message_length": LARGEST_MESSAGE,
    "grpc.max_send_message_length": LARGEST_MESSAGE,
  });
  server.addService(provrpc.ResourceProviderService as never, resourceProvider(engine));
  return new Promise((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) =>
      error ? reject(error) : resolve(port),
    );
  });
}

/** A request about one resource. */
interface About {
  getUrn(): string;
  getName(): string;
  getType(): string;
}

function resourceProvider(startedBy: string | undefined): UntypedServiceImplementation {
  let engine = startedBy;
  /**
   * Providers by the connection on which they were configured. The engine usually starts one process per
   * provider. With `PULUMI_DEBUG_PROVIDERS`, several providers connect to one process.
   */
  const providers = new Map<string, Promise<Provider>>();
  let last: Promise<Provider> | undefined;

  async function newProvider(given: Properties): Promise<Provider> {
    // The core is loaded on first use, because the engine waits for the port.
    const [{ configurationOf }, { runOf }] = await Promise.all([
      import("./configuration.ts"),
      import("./run.ts"),
    ]);
    const configuration = configurationOf(given);
    return { configuration, run: runOf(configuration, () => engine), onlyRecorded: new Set() };
  }

  /** Some requests come before any configuration. */
  function providerOf(peer: string): Promise<Provider> {
    last ??= newProvider({});
    return providers.get(peer) ?? last;
  }

  async function resource(request: About, peer: string): Promise<Resource> {
    const { Resource } = await import("./resource.ts");
    const urn = request.getUrn();
    // Older engines send only the URN.
    const [, , qualifiedType = "", ...name] = urn.split("::");
    const subject = {
      urn,
      name: request.getName() || name.join("::"),
      type: request.getType() || (qualifiedType.split("$").at(-1) as string),
    };
    return new Resource(subject, await providerOf(peer));
  }

  return {
    handshake: unary(async () => {
      const reply = new provproto.ProviderHandshakeResponse();
      reply.setAcceptSecrets(true);
      reply.setAcceptResources(true);
      reply.setAcceptOutputs(true);
      reply.setSupportsAutonamingConfiguration(true);
      return reply;
    }),

    attach: unary(async (request: plugproto.PluginAttach) => {
      const address = request.getAddress();
      // Every provider of a run attaches, and each run has an engine of its own.
      if (address !== engine) {
        const [{ beginRun }, { beginWithNothing }] = await Promise.all([
          import("../shutdown.ts"),
          import("../../core/multipass.ts"),
        ]);
        beginRun();
        beginWithNothing();
        [engine, last] = [address, undefined];
        providers.clear();
      }
      return new empty.Empty();
    }),

    getPluginInfo: unary(async () => {
      const reply = new plugproto.PluginInfo();
      reply.setVersion(version);
      return reply;
    }),

    getSchema: unary(async () => {
      const reply = new provproto.GetSchemaResponse();
      reply.setSchema(schemaText());
      return reply;
    }),

    checkConfig: unary(async (request: provproto.CheckRequest) => {
      const { checkConfiguration } = await import("./configuration.ts");
      const reply = new provproto.CheckResponse();
      reply.setInputs(request.getNews());
      const given = fromStruct(request.getNews());
      reply.setFailuresList(checkConfiguration(plainProperties(given), secretNames(given)).map(failure));
      return reply;
    }),

    // Asked whenever a resource changes its provider. Replacing it would replace all its instances.
    diffConfig: unary(async (request: provproto.DiffRequest) => {
      const { DIFF_NONE, DIFF_SOME } = provproto.DiffResponse.DiffChanges;
      const before = fromStruct(request.hasOldInputs() ? request.getOldInputs() : request.getOlds());
      const reply = new provproto.DiffResponse();
      reply.setChanges(isDeepStrictEqual(before, fromStruct(request.getNews())) ? DIFF_NONE : DIFF_SOME);
      return reply;
    }),

    configure: unary(async (request: provproto.ConfigureRequest, peer) => {
      last = newProvider(plainProperties(fromStruct(request.getArgs())));
      providers.set(peer, last);
      await last;
      const reply = new provproto.ConfigureResponse();
      reply.setAcceptsecrets(true);
      reply.setAcceptresources(true);
      reply.setAcceptoutputs(true);
      reply.setSupportspreview(true);
      reply.setSupportsAutonamingConfiguration(true);
      return reply;
    }),

    check: unary(async (request: provproto.CheckRequest, peer) => {
      const checked = await (await resource(request, peer)).check(
        fromStruct(request.getOlds()),
        fromStruct(request.getNews()),
        request.getRandomseed_asB64(),
        request.getAutonaming()?.toObject(),
      );
      const reply = new provproto.CheckResponse();
      reply.setInputs(toStruct(checked.inputs));
      reply.setFailuresList(checked.failures.map(failure));
      return reply;
    }),

    diff: unary(async (request: provproto.DiffRequest, peer) => {
      const { DIFF_NONE, DIFF_SOME } = provproto.DiffResponse.DiffChanges;
      const found = await (await resource(request, peer)).diff(
        request.getId(),
        fromStruct(request.getOldInputs()),
        fromStruct(request.getOlds()),
        fromStruct(request.getNews()),
      );
      const reply = new provproto.DiffResponse();
      reply.setChanges(found.changes ? DIFF_SOME : DIFF_NONE);
      reply.setReplacesList(found.replaces);
      reply.setDeletebeforereplace(found.deleteBeforeReplace);
      reply.setHasdetaileddiff(true);
      reply.setDiffsList([...new Set(found.properties.map(({ path }) => path.replace(/[.[].*/s, "")))]);
      for (const { path, kind } of found.properties) {
        const property = new provproto.PropertyDiff();
        property.setKind(kind);
        property.setInputdiff(true);
        reply.getDetaileddiffMap().set(path, property);
      }
      return reply;
    }),

    create: unary(async (request: provproto.CreateRequest, peer) => {
      const inputs = fromStruct(request.getProperties());
      const of = await resource(request, peer);
      const made = request.getPreview()
        ? of.previewCreate(inputs)
        : await of.create(inputs, request.getTimeout());
      const reply = new provproto.CreateResponse();
      reply.setId(made.id);
      reply.setProperties(toStruct(made.properties));
      return reply;
    }),

    read: unary(async (request: provproto.ReadRequest, peer) => {
      const of = await resource(request, peer);
      const state = fromStruct(request.getProperties());
      const isImport = !request.hasInputs() && Object.keys(state).length === 0;
      const found = isImport
        ? await of.import(request.getId(), request.getTimeout())
        : await of.read(request.getId(), state, fromStruct(request.getInputs()), request.getTimeout());
      const reply = new provproto.ReadResponse();
      if (!found) return reply;
      reply.setId(found.id);
      reply.setProperties(toStruct(found.properties));
      reply.setInputs(toStruct(found.inputs));
      return reply;
    }),

    update: unary(async (request: provproto.UpdateRequest, peer) => {
      const of = await resource(request, peer);
      const [olds, news] = [fromStruct(request.getOlds()), fromStruct(request.getNews())];
      const reply = new provproto.UpdateResponse();
      reply.setProperties(
        toStruct(
          request.getPreview()
            ? of.previewUpdate(olds, news)
            : await of.update(request.getId(), olds, news, request.getTimeout()),
        ),
      );
      return reply;
    }),

    delete: unary(async (request: provproto.DeleteRequest, peer) => {
      const state = fromStruct(request.getProperties());
      await (await resource(request, peer)).delete(request.getId(), state, request.getTimeout());
      return new empty.Empty();
    }),

    invoke: unary(async (request: provproto.InvokeRequest, peer) => {
      const { invoke } = await import("./functions.ts");
      const args = fromStruct(request.getArgs());
      const answer = await invoke(request.getTok(), args, (await providerOf(peer)).run);
      const reply = new provproto.InvokeResponse();
      reply.setReturn(toStruct({ ...answer }));
      return reply;
    }),

    list: stream(async (request: provproto.ListRequest, peer, send) => {
      const { idsOf } = await import("./functions.ts");
      const names = await idsOf(request.getToken(), (await providerOf(peer)).run);
      for (const name of names.slice(0, request.getLimit() || names.length)) {
        const result = new provproto.ListResponse.Result();
        result.setId(name);
        result.setName(name);
        const reply = new provproto.ListResponse();
        reply.setResult(result);
        send(reply);
      }
    }),

    getMapping: unary(async () => new provproto.GetMappingResponse()),
    getMappings: unary(async () => new provproto.GetMappingsResponse()),

    cancel: unary(async () => new empty.Empty()),
  };
}

/** Names no property, since Pulumi prints the whole value of one that is named, even of a secret. */
function failure(reason: string): provproto.CheckFailure {
  const one = new provproto.CheckFailure();
  one.setReason(reason);
  return one;
}

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
