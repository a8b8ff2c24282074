import { connect } from "node:net";
import type { FaultPlan } from "./fault-plan.ts";
import type { InstanceState } from "./world.ts";

/** Changes to an instance behind the back of the program that manages it; see `SimulatedInstance.poke`. */
export interface InstanceChanges {
  /** What `multipass list` shows. */
  state?: InstanceState;
  /** In the trash: `multipass list` shows it as `Deleted`. */
  deleted?: boolean;
  /** Removes every trace of it, as if it had been purged. */
  remove?: true;
  /** Number of virtual CPUs. */
  cpus?: number;
  /** Bytes. */
  memory?: number;
  /** Bytes. */
  disk?: number;
  /** Its address on the default network. */
  ipv4?: string;
  /** `image_release` in `info`. */
  imageRelease?: string;
  /** Files in the guest by absolute path, owned by root; `null` removes one. */
  files?: Record<string, string | null>;
  /** Simulated seconds from now until cloud-init finishes. */
  cloudInitDoneIn?: number;
  /** Simulated seconds from now until SSH answers. */
  sshIn?: number;
}

export type ControlRequest =
  | { op: "pid" }
  | { op: "faults"; plan: FaultPlan }
  | { op: "stop" }
  | { op: "start" }
  | { op: "endDnsmasq" }
  | { op: "close" }
  | { op: "poke"; name: string; changes: InstanceChanges }
  | { op: "readFile"; name: string; path: string };

/**
 * Sends a request to the simulator's process. If it does not run, rejects with the code of the failed
 * connection.
 */
export function control<T>(socketPath: string, request: ControlRequest): Promise<T> {
  return new Promise((resolve, reject) => {
    const socket = connect(socketPath, () => socket.write(`${JSON.stringify(request)}\n`));
    let text = "";
    socket.setEncoding("utf8");
    socket.on("data", (chunk: string) => {
      text += chunk;
    });
    socket.on("error", reject);
    socket.on("close", () => {
      if (text === "") {
        reject(Object.assign(new Error("The simulator has ended"), { code: "ECONNRESET" }));
        return;
      }
      const { value, error } = JSON.parse(text) as { value?: T; error?: string };
      if (error === undefined) resolve(value as T);
      else reject(new Error(error));
    });
  });
}
