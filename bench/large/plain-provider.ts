/**
 * A plugin whose resources do nothing: what Pulumi's engine costs without us. Its resources have as much state
 * as ours, since the engine writes all of it down after each step.
 *
 * Run by Pulumi as `pulumi-resource-plain`.
 */
import { Server, ServerCredentials, type ServerUnaryCall, type sendUnaryData } from "@grpc/grpc-js";
import plugin from "@pulumi/pulumi/proto/plugin_pb.js";
import service from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import messages from "@pulumi/pulumi/proto/provider_pb.js";
import empty from "google-protobuf/google/protobuf/empty_pb.js";
import structpb from "google-protobuf/google/protobuf/struct_pb.js";

/** Characters that an instance's state has beyond its arguments. */
const FILLER = "x".repeat(Number(process.env["PLAIN_STATE"] ?? 0));

const any = { $ref: "pulumi.json#/Any" };
/** YAML accepts only resources and properties that a schema has. */
const SCHEMA = {
  name: "plain",
  version: "1.0.0",
  resources: {
    "plain:index:Plain": {
      inputProperties: { name: any, host: any, image: any, cpus: any, memory: any, disk: any },
    },
  },
};

// biome-ignore lint/suspicious/noExplicitAny: each handler has a request of its own
type Handler = (request: any) => object;

function filled(inputs: structpb.Struct | undefined): structpb.Struct {
  return structpb.Struct.fromJavaScript({ ...inputs?.toJavaScript(), filler: FILLER });
}

const handlers: Record<string, Handler> = {
  getPluginInfo: () => new plugin.PluginInfo().setVersion("1.0.0"),
  getSchema: () => new messages.GetSchemaResponse().setSchema(JSON.stringify(SCHEMA)),
  checkConfig: (request: messages.CheckRequest) => new messages.CheckResponse().setInputs(request.getNews()),
  diffConfig: () => new messages.DiffResponse(),
  configure: () => new messages.ConfigureResponse().setAcceptsecrets(true).setSupportspreview(true),
  check: (request: messages.CheckRequest) => new messages.CheckResponse().setInputs(request.getNews()),
  diff: () => new messages.DiffResponse().setChanges(messages.DiffResponse.DiffChanges.DIFF_NONE),
  create: (request: messages.CreateRequest) =>
    new messages.CreateResponse().setId(request.getName()).setProperties(filled(request.getProperties())),
  read: (request: messages.ReadRequest) =>
    new messages.ReadResponse()
      .setId(request.getId())
      .setProperties(request.getProperties())
      .setInputs(request.getInputs()),
  delete: () => new empty.Empty(),
  attach: () => new empty.Empty(),
  cancel: () => new empty.Empty(),
};

const server = new Server();
server.addService(
  service.ResourceProviderService as never,
  Object.fromEntries(
    Object.entries(handlers).map(([name, answer]) => [
      name,
      (call: ServerUnaryCall<unknown, object>, done: sendUnaryData<object>) =>
        done(null, answer(call.request)),
    ]),
  ),
);
server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) => {
  if (error) throw error;
  console.log(port);
});
