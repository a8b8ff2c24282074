import type { Computer } from "./computer.ts";

/** A listening socket, as every user may see it. Only root may see its owner. */
export interface Listener {
  protocol: "udp" | "tcp";
  /** Usual notation; an IPv6 address is written with all of its groups. */
  address: string;
}

/** The network behind a bridge of the host. */
export interface BridgeNetwork {
  bridge: string;
  network: number;
  mask: number;
}

type Files = Pick<Computer, "readText">;

/** Linux's socket tables, and the state of a listener: 07 is an unconnected UDP socket, 0A is LISTEN. */
const TABLES = [
  ["/proc/net/udp", "udp", "07"],
  ["/proc/net/udp6", "udp", "07"],
  ["/proc/net/tcp", "tcp", "0A"],
  ["/proc/net/tcp6", "tcp", "0A"],
] as const;

/** The sockets that listen on a port of this host. Empty if the system does not tell. */
export function listenersOn(port: number, { readText }: Files): Listener[] {
  const ending = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  return TABLES.flatMap(([file, protocol, waiting]) =>
    rows(readText(file)).flatMap(([, local = "", , state]) =>
      local.endsWith(ending) && state === waiting
        ? [{ protocol, address: addressOf(local.slice(0, -ending.length)) }]
        : [],
    ),
  );
}

/** The IPv4 networks behind bridges, from the routes: Node.js lists no bridge without instances. */
export function bridgeNetworks(name: RegExp, { readText }: Files): BridgeNetwork[] {
  return rows(readText("/proc/net/route")).flatMap(([bridge = "", destination = "", , , , , , mask = ""]) => {
    const bits = fromHex(mask);
    return name.test(bridge) && bits !== 0 ? [{ bridge, network: fromHex(destination), mask: bits }] : [];
  });
}

export function contains({ network, mask }: BridgeNetwork, address: string): boolean {
  const parts = address.split(".").map(Number);
  if (parts.length !== 4) return false;
  const number = parts.reduce((so, part) => so * 256 + part, 0);
  return (number & mask) >>> 0 === network;
}

export function isAnyAddress(address: string): boolean {
  return /^[0.:]+$/.test(address);
}

/** Words of each line, without the heading. */
function rows(table: string | undefined): string[][] {
  return (table ?? "")
    .split("\n")
    .slice(1)
    .map((line) => line.trim().split(/\s+/));
}

/** The tables hold 32-bit words in the processor's byte order: little-endian wherever Multipass runs. */
function bytes(hex: string): Buffer {
  const words = Buffer.from(hex, "hex");
  return words.length % 4 === 0 ? words.swap32() : words;
}

function addressOf(hex: string): string {
  const address = bytes(hex);
  if (address.length === 4) return address.join(".");
  const groups = address.toString("hex").match(/.{4}/g) ?? [];
  // An IPv4-mapped IPv6 address.
  if (/^(?:0{4}){5}f{4}/.test(groups.join(""))) return address.subarray(12).join(".");
  return groups.map((group) => group.replace(/^0{1,3}/, "")).join(":");
}

function fromHex(hex: string): number {
  return hex.length === 8 ? bytes(hex).readUInt32BE() : 0;
}
