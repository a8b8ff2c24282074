import { Metadata, type StatusObject, status } from "@grpc/grpc-js";
import provproto from "@pulumi/pulumi/proto/provider_pb.js";
import statusproto from "@pulumi/pulumi/proto/status_pb.js";
import anypb from "google-protobuf/google/protobuf/any_pb.js";
import type { Properties } from "../../core/description.ts";
import { message } from "../message.ts";
import { toStruct } from "./values.ts";

/** The resource exists, but is not yet what was asked for. Pulumi keeps it and updates it next time. */
export class PartialFailure extends Error {
  readonly id: string;
  readonly properties: Properties;

  constructor(id: string, properties: Properties, cause: Error) {
    super(cause.message, { cause });
    this.id = id;
    this.properties = properties;
  }
}

export class Unimplemented extends Error {}

/** An error as gRPC carries it. The details of a partial failure travel in a trailer. */
export function toStatus(error: unknown): Partial<StatusObject> {
  const details = error instanceof Error ? error.message : String(error);
  if (error instanceof Unimplemented) return { code: status.UNIMPLEMENTED, details };
  if (!(error instanceof PartialFailure)) return { code: status.UNKNOWN, details };
  const failed = message(provproto.ErrorResourceInitFailed, {
    id: error.id,
    properties: toStruct(error.properties),
    reasonsList: [details],
  });
  const any = new anypb.Any();
  any.pack(failed.serializeBinary(), "pulumirpc.ErrorResourceInitFailed");
  const rich = message(statusproto.Status, {
    code: status.UNKNOWN,
    message: "Resource failed to initialize",
    detailsList: [any],
  });
  const metadata = new Metadata();
  metadata.set("grpc-status-details-bin", Buffer.from(rich.serializeBinary()));
  return { code: status.UNKNOWN, details, metadata };
}
