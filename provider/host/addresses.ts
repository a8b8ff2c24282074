import { networkInterfaces } from "node:os";

/**
 * Interfaces of virtual machines and containers. They are up even if the host is offline, and appear and
 * disappear with the instances.
 *
 * Bridges around the host's own network card are not included, such as Multipass's `br-eth0` or an external
 * switch of Hyper-V: they hold the host's address.
 */
const VIRTUAL =
  /^(?:lo\d*$|mpqemubr|mpbr|virbr|docker|br-[0-9a-f]{12}$|veth|tap|vnet|vmnet|vboxnet|bridge1\d\d$|vmenet|vEthernet \((?:Default Switch|WSL|nat))/;

/** Link-local addresses: every interface that is up has one, and it reaches no further than its own link. */
const LINK_LOCAL = /^(?:fe[89ab][0-9a-f]:|169\.254\.)/i;

/** Addresses that lead outside this host, as `name address`. */
export function hostAddresses(interfaces: typeof networkInterfaces = networkInterfaces): string[] {
  return Object.entries(interfaces())
    .filter(([name]) => !VIRTUAL.test(name))
    .flatMap(([name, all = []]) =>
      all
        .filter(({ address, internal }) => !internal && !LINK_LOCAL.test(address))
        .map(({ address }) => `${name} ${address}`),
    );
}
