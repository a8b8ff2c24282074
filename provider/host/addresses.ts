import { networkInterfaces } from "node:os";

/**
 * Interfaces of virtual machines and containers, which are up even where the host itself is offline, and come and go with the machines.
 *
 * Not every bridge: one around the host's own wire, such as Multipass's `br-eth0` or an external switch of Hyper-V, has the host's address.
 */
const VIRTUAL =
  /^(?:lo\d*$|mpqemubr|mpbr|virbr|docker|br-[0-9a-f]{12}$|veth|tap|vnet|vmnet|vboxnet|bridge1\d\d$|vmenet|vEthernet \((?:Default Switch|WSL|nat))/;

/** Addresses that every interface has which is up, and that lead no further than its wire. */
const LINK_LOCAL = /^(?:fe[89ab][0-9a-f]:|169\.254\.)/i;

/** Addresses by which the outside can be reached, as `name address`. */
export function hostAddresses(interfaces: typeof networkInterfaces = networkInterfaces): string[] {
  return Object.entries(interfaces())
    .filter(([name]) => !VIRTUAL.test(name))
    .flatMap(([name, all = []]) =>
      all
        .filter(({ address, internal }) => !internal && !LINK_LOCAL.test(address))
        .map(({ address }) => `${name} ${address}`),
    );
}
