import { readFromHost } from "../driver/transport/remote-read.ts";
import type { SshHost } from "../driver/transport/ssh.ts";
import type { Computer } from "./computer.ts";

/** This computer, with a daemon and a network that are another host's. */
export function withDaemonOn(host: SshHost, computer: Computer): Computer {
  return {
    ...computer,
    // The address of this computer's daemon is not that of the host's.
    env: { ...computer.env, MULTIPASS_SERVER_ADDRESS: undefined },
    daemonHost: host.destination,
    readIndex: (url, signal) => readFromHost(host, url, signal),
  };
}
