import { isMultipassError } from "../driver/errors.ts";
import { type Check, type Finding, ok, skip, warn } from "./check.ts";
import type { Computer } from "./computer.ts";
import { bridgeNetworks, contains, isAnyAddress, type Listener, listenersOn } from "./listeners.ts";

/** QEMU's bridges, one per zone. The LXD driver's belongs to LXD, whose dnsmasq rightly stays. */
const BRIDGE = /^mpqemubr/;

const SEE_WHO = "`sudo ss -lpn 'sport = :53'` shows who";

/**
 * Whether the daemon can use port 53 on its bridge, where its dnsmasq serves the guests. An aborted daemon
 * leaves its dnsmasq behind, which keeps every later daemon from starting. Clients only see that nothing
 * answers.
 */
export const port53: Check = {
  id: "port-53",
  title: "Port 53 free for Multipass",
  claim: "port 53 is free for Multipass",
  needs: ["client"],
  explainsCreate: true,
  ofDaemonComputer: true,
  async probe({ computer, instances }) {
    const daemonDown = await instances().then(
      () => false,
      (error) => isMultipassError(error, "daemon-unreachable", "daemon-initialising", "port-conflict"),
    );
    if (!daemonDown) return skip("the daemon answers, so it has what it needs");
    const processes = computer.processes();
    if (computer.platform !== "linux" || !processes) return skip("cannot be checked on this system");
    const named = (name: RegExp) => processes.filter(({ command }) => name.test(command));
    const listeners = listenersOn(53, computer);
    // A dnsmasq without a daemon is an orphan; a daemon that is starting may already have its own.
    if (named(/(?:^|\/)multipassd(?: |$)/).length === 0) {
      const orphans = named(/(?:^|\/)dnsmasq .*(?:mpqemubr|multipass)/);
      if (orphans.length > 0) {
        const pids = orphans.map(({ pid }) => pid).join(" ");
        return taken(
          `a dnsmasq of an aborted daemon still holds it (process ${pids})`,
          `End it with \`sudo kill ${pids}\`, then start Multipass again.`,
        );
      }
      const holders = onBridges(listeners, computer);
      if (holders.length > 0) {
        return taken(
          `${holders.join(", ")} is held by another program, though no daemon runs`,
          `End what holds it (${SEE_WHO}), then start Multipass again.`,
        );
      }
    }
    const everywhere = listeners.filter(({ address }) => isAnyAddress(address)).map(asText);
    if (everywhere.length > 0) {
      return warn(
        `a program listens on every address (${everywhere.join(", ")}), which can keep Multipass's own dnsmasq from starting`,
        `Make it listen only on its own addresses (${SEE_WHO}), then start Multipass again.`,
      );
    }
    return ok("nothing else holds it");
  },
};

function onBridges(listeners: readonly Listener[], computer: Computer): string[] {
  const networks = bridgeNetworks(BRIDGE, computer);
  return listeners.flatMap((listener) => {
    const network = networks.find((one) => contains(one, listener.address));
    return network ? [`${asText(listener)} on ${network.bridge}`] : [];
  });
}

function asText({ protocol, address }: Listener): string {
  return `${protocol} ${address.includes(":") ? `[${address}]` : address}:53`;
}

function taken(details: string, hint: string): Finding {
  return {
    status: "fail",
    detail: `Port 53 is taken: ${details}`,
    hint,
    kind: "port-conflict",
    transient: false,
  };
}
