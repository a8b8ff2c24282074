import {
  Server,
  ServerCredentials,
  type ServerUnaryCall,
  type sendUnaryData,
  status,
  type UntypedHandleCall,
} from "@grpc/grpc-js";
import enginerpc from "@pulumi/pulumi/proto/engine_grpc_pb.js";
import engproto from "@pulumi/pulumi/proto/engine_pb.js";
import provproto from "@pulumi/pulumi/proto/provider_pb.js";
import resrpc from "@pulumi/pulumi/proto/resource_grpc_pb.js";
import resproto from "@pulumi/pulumi/proto/resource_pb.js";
import empty from "google-protobuf/google/protobuf/empty_pb.js";
import type { LogMessage, Severity } from "./deployer.ts";
import type { Registered } from "./deployment.ts";
import type { Goal, ReadGoal } from "./goal.ts";
import { packageOf } from "./plugins.ts";
import { goalOf, readGoalOf } from "./requests.ts";
import type { ResourceState } from "./state.ts";
import { fromStruct, type Props, toStruct } from "./values.ts";

/** The callbacks by which the services reach the engine. */
export interface MonitorHandlers {
  register(goal: Goal): Promise<Registered>;
  read(goal: ReadGoal): Promise<Registered>;
  registerOutputs(urn: string, outputs: Props): void;
  get(urn: string): ResourceState | undefined;
  /** Whether a package has a plugin. */
  knows(name: string): boolean;
  invoke(token: string, args: Props, provider: string): Promise<Invoked>;
  /** Called when the program ended successfully; resolves when the deployment has ended, too. */
  programDone(): Promise<void>;
  log(message: LogMessage): void;
  /** Aborted when the program must not get any more answers. */
  stopped: AbortSignal;
}

/** The result of a function, or the problems with its arguments. */
export interface Invoked {
  result: Props;
  failures: { property: string; reason: string }[];
}

export interface DeploymentInfo {
  project: string;
  stack: string;
  dryRun: boolean;
  parallel: number;
}

const { ResourceMonitorFeature: Feature } = resproto;

/** Exactly the features of this engine. The SDK itself rejects all others with a clear message. */
const FEATURES = [
  Feature.RESOURCE_MONITOR_FEATURE_SECRETS,
  Feature.RESOURCE_MONITOR_FEATURE_RESOURCE_REFERENCES,
  Feature.RESOURCE_MONITOR_FEATURE_ALIAS_SPECS,
  Feature.RESOURCE_MONITOR_FEATURE_DELETED_WITH,
];

const SEVERITIES: Severity[] = ["debug", "info", "warning", "error"];

/** A failure that reaches the program with its own gRPC status. */
class RpcError extends Error {
  readonly code: status;

  constructor(code: status, message: string) {
    super(message);
    this.code = code;
  }
}

export interface Monitor {
  address: string;
  close(): void;
}

/** Serves Pulumi's ResourceMonitor and Engine services to the program and the provider plugin. */
export async function serveMonitor(info: DeploymentInfo, handlers: MonitorHandlers): Promise<Monitor> {
  const server = new Server({ "grpc.max_receive_message_length": -1, "grpc.max_send_message_length": -1 });
  server.addService(resrpc.ResourceMonitorService as never, monitorService(info, handlers));
  server.addService(enginerpc.EngineService as never, engineService(handlers));
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    );
  });
  return { address: `127.0.0.1:${port}`, close: () => server.forceShutdown() };
}

type Service = Record<string, UntypedHandleCall>;

function monitorService(info: DeploymentInfo, handlers: MonitorHandlers): Service {
  return {
    getDeploymentInfo: unary(async () => {
      const reply = new resproto.DeploymentInfo();
      reply.setProject(info.project);
      reply.setStack(info.stack);
      reply.setOrganization("organization");
      reply.setDryrun(info.dryRun);
      reply.setParallel(info.parallel);
      reply.setSupportedfeaturesList(FEATURES);
      return reply;
    }),
    supportsFeature: unary(async (request: InstanceType<typeof resproto.SupportsFeatureRequest>) => {
      const reply = new resproto.SupportsFeatureResponse();
      reply.setHassupport(
        ["secrets", "resourceReferences", "aliasSpecs", "deletedWith"].includes(request.getId()),
      );
      return reply;
    }),
    registerResource: unary(async (request: InstanceType<typeof resproto.RegisterResourceRequest>) => {
      const goal = goalOf(request, unsupported, handlers.knows);
      return registered(await untilStopped(handlers.register(goal), handlers.stopped), goal.custom);
    }),
    readResource: unary(async (request: InstanceType<typeof resproto.ReadResourceRequest>) => {
      const goal = readGoalOf(request, unsupported, handlers.knows);
      const { state } = await untilStopped(handlers.read(goal), handlers.stopped);
      const reply = new resproto.ReadResourceResponse();
      reply.setUrn(state.urn);
      reply.setProperties(toStruct(state.outputs));
      return reply;
    }),
    registerResourceOutputs: unary(
      async (request: InstanceType<typeof resproto.RegisterResourceOutputsRequest>) => {
        handlers.registerOutputs(request.getUrn(), fromStruct(request.getOutputs()));
        return new empty.Empty();
      },
    ),
    invoke: unary(async (request: InstanceType<typeof resproto.ResourceInvokeRequest>) => {
      const [token, args] = [request.getTok(), fromStruct(request.getArgs())];
      const reply = new resproto.ResourceInvokeResponse();
      if (token === "pulumi:pulumi:getResource") {
        const urn = String(args["urn"]);
        const state = handlers.get(urn);
        if (state === undefined) throw new RpcError(status.UNKNOWN, `unknown resource ${urn}`);
        reply.setReturn(toStruct({ urn, id: state.id, state: state.outputs }));
        return reply;
      }
      if (!handlers.knows(packageOf(token))) return unsupported(`the function ${token}`);
      const { result, failures } = await handlers.invoke(token, args, request.getProvider());
      reply.setReturn(toStruct(result));
      reply.setFailuresList(
        failures.map(({ property, reason }) => {
          const failure = new provproto.CheckFailure();
          failure.setProperty(property);
          failure.setReason(reason);
          return failure;
        }),
      );
      return reply;
    }),
    signalAndWaitForShutdown: unary(async () => {
      // The engine reports failed deletions; the program has done its part.
      await handlers.programDone().catch(() => undefined);
      return new empty.Empty();
    }),
    call: unary(async () => unsupported("calling a method of a resource")),
    existsResource: unary(async () => unsupported("asking whether a resource exists")),
    registerStackTransform: unary(async () => unsupported("a transform")),
    registerStackInvokeTransform: unary(async () => unsupported("a transform of functions")),
    registerResourceHook: unary(async () => unsupported("a resource hook")),
    registerErrorHook: unary(async () => unsupported("an error hook")),
    registerPackage: unary(async () => unsupported("a parameterised package")),
  };
}

function engineService(handlers: MonitorHandlers): Service {
  let root = "";
  return {
    log: unary(async (request: InstanceType<typeof engproto.LogRequest>) => {
      const urn = request.getUrn();
      handlers.log({
        severity: SEVERITIES[request.getSeverity()] ?? "info",
        message: request.getMessage(),
        ephemeral: request.getEphemeral(),
        ...(urn === "" ? {} : { urn }),
      });
      return new empty.Empty();
    }),
    getRootResource: unary(async () => {
      const reply = new engproto.GetRootResourceResponse();
      reply.setUrn(root);
      return reply;
    }),
    setRootResource: unary(async (request: InstanceType<typeof engproto.SetRootResourceRequest>) => {
      root = request.getUrn();
      return new engproto.SetRootResourceResponse();
    }),
    startDebugging: unary(async () => unsupported("attaching a debugger")),
    requirePulumiVersion: unary(async () => new engproto.RequirePulumiVersionResponse()),
  };
}

function registered({ state, ok, unknown }: Registered, custom: boolean) {
  const reply = new resproto.RegisterResourceResponse();
  reply.setUrn(state.urn);
  reply.setId(state.id);
  // A component gets its outputs when the program registers them, not those of an earlier run.
  reply.setObject(toStruct(custom && !unknown ? state.outputs : {}));
  reply.setResult(ok ? resproto.Result.SUCCESS : resproto.Result.FAIL);
  reply.setUnknown(unknown);
  return reply;
}

/** Rejects transforms, hooks and the like, which a deployment must not silently ignore. */
function unsupported(what: string): never {
  throw new RpcError(status.FAILED_PRECONDITION, `the test engine does not support ${what}`);
}

function unary<Request, Reply>(answer: (request: Request) => Promise<Reply>): UntypedHandleCall {
  return (call: ServerUnaryCall<Request, Reply>, callback: sendUnaryData<Reply>) => {
    answer(call.request).then(
      (reply) => callback(null, reply),
      (error: Error) =>
        callback({ code: error instanceof RpcError ? error.code : status.UNKNOWN, details: error.message }),
    );
  };
}

/** A stopped engine answers as if it had gone away, which makes the SDK exit quietly. */
async function untilStopped<T>(work: Promise<T>, stopped: AbortSignal): Promise<T> {
  const gone = () => new RpcError(status.UNAVAILABLE, "resource monitor shut down");
  try {
    return await Promise.race([work, aborted(stopped)]);
  } catch (error) {
    throw stopped.aborted ? gone() : error;
  }
}

const aborted = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
