import type { Computer } from "../../provider/host/computer.ts";
import { fakeComputer } from "./fake-computer.ts";

const SOCKETS =
  "   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops\n";
export const socket = (local: string, state: string) =>
  `  831: ${local} ${"0".repeat(local.length - 5)}:0000 ${state} 00000000:00000000 00:00000000 00000000   101        0 21743 2 0000000000000000 0\n`;
/** 127.0.0.53, 10.98.7.1, 0.0.0.0, ::, ::1 and ::ffff:10.98.7.1, as the kernel writes them. */
export const RESOLVED = socket("3500007F:0035", "07");
export const ON_BRIDGE = socket("0107620A:0035", "07");
export const ANYWHERE = socket("00000000:0035", "07");
export const ANYWHERE_6 = socket("00000000000000000000000000000000:0035", "07");
export const LOOPBACK_6 = socket("00000000000000000000000001000000:0035", "07");
export const MAPPED = socket("0000000000000000FFFF00000107620A:0035", "07");

const ROUTES = `Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT
eth0\t00000000\t010200C0\t0003\t0\t0\t100\t00000000\t0\t0\t0
eth0\t000200C0\t00000000\t0001\t0\t0\t100\t00FFFFFF\t0\t0\t0
mpqemubr0\t0007620A\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0
mpbr0\t0009620A\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0
`;

/** A Linux host with a Multipass bridge and these socket tables, by their names in /proc/net. */
export function host(tables: Record<string, string>, changes: Partial<Computer> = {}): Computer {
  const files: Record<string, string> = { "/proc/net/route": ROUTES };
  for (const [name, text] of Object.entries(tables)) files[`/proc/net/${name}`] = SOCKETS + text;
  return fakeComputer({ readText: (path) => files[path], ...changes });
}

/** The dnsmasq that an aborted daemon leaves behind. */
export const DNSMASQ = {
  pid: 4711,
  command: "/snap/multipass/1/usr/sbin/dnsmasq --strict-order --domain=multipass --interface=mpqemubr0",
};
