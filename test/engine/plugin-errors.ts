import { type ServiceError, status } from "@grpc/grpc-js";
import provproto from "@pulumi/pulumi/proto/provider_pb.js";
import statusproto from "@pulumi/pulumi/proto/status_pb.js";
import { fromStruct, type Props } from "./values.ts";

/** The resource exists but is not as requested. It is kept, with the reasons. */
export class InitError extends Error {
  readonly id: string;
  readonly outputs: Props;
  readonly reasons: string[];

  constructor(id: string, outputs: Props, reasons: string[]) {
    const errors = reasons.length === 1 ? "1 error" : `${reasons.length} errors`;
    super([`${errors} occurred:`, ...reasons.map((reason) => `\t* ${reason}`)].join("\n"));
    this.id = id;
    this.outputs = outputs;
    this.reasons = reasons;
  }
}

/** Reads an initialisation error from the details in a gRPC trailer. */
export function pluginError(error: ServiceError): Error {
  for (const trailer of error.metadata.get("grpc-status-details-bin")) {
    for (const detail of statusproto.Status.deserializeBinary(trailer as Buffer).getDetailsList()) {
      if (!detail.getTypeUrl().endsWith("/pulumirpc.ErrorResourceInitFailed")) continue;
      const failed = provproto.ErrorResourceInitFailed.deserializeBinary(detail.getValue_asU8());
      return new InitError(failed.getId(), fromStruct(failed.getProperties()), failed.getReasonsList());
    }
  }
  if (error.code === status.UNAVAILABLE) {
    return new Error(`the provider plugin is gone: ${error.details}`, { cause: error });
  }
  return new Error(error.details, { cause: error });
}
