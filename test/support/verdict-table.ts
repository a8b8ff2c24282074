import { tmpdir } from "node:os";
import type { Cost } from "../../provider/core/description.ts";
import type { InstanceInputs, InstanceState } from "../../provider/core/instance/model.ts";
import { GIB } from "../../provider/driver/size.ts";
import type { World } from "../../simulator/src/index.ts";

/** The program's arguments before each change. */
export const BEFORE: Partial<InstanceInputs> = {
  image: "24.04",
  cpus: 2,
  memory: "2G",
  disk: "10G",
  mounts: [],
};

/** The instance as a create left it, so that the row's change is the only one. */
export const asLeft = (inputs: InstanceInputs): InstanceState => ({
  ...inputs,
  state: "Running",
  ready: true,
  ipAddress: "10.0.0.2",
  ipv4: ["10.0.0.2"],
  release: "Ubuntu 24.04.3 LTS",
  imageRelease: "24.04 LTS",
  imageHash: "abc",
  snapshotCount: 0,
  multipassVersion: "1.17.0",
  specified: [],
});

/** A row of docs/verdicts.md. */
export interface Row {
  argument: keyof InstanceInputs;
  /** The change in the page's words, without backticks. */
  change: string;
  verdict: Cost;
  /** The arguments before the change, in addition to {@link BEFORE}. */
  from?: Partial<InstanceInputs>;
  to: Partial<InstanceInputs>;
  /** The instance after the change, if it is updated in place. */
  reached?: DeepPartial<World["instances"][string]>;
}

type DeepPartial<T> = { [K in keyof T]?: DeepPartial<T[K]> };

const source = tmpdir();
const target = "/work";

/**
 * Every argument, and the cost of changing it. The page, `diff` and the simulated instance must all match it.
 */
export const TABLE: readonly Row[] = [
  { argument: "name", change: "another one", verdict: "replace", to: { name: "web2" } },
  {
    argument: "image",
    change: "another one, or left out again",
    verdict: "replace",
    to: { image: undefined },
  },
  {
    argument: "cloudInit",
    change: "what the guest is given; comments and formatting do not count",
    verdict: "replace",
    to: { cloudInit: "#cloud-config\npackages: [git]\n" },
  },
  { argument: "networks", change: "any", verdict: "replace", to: { networks: [{ name: "eth0" }] } },
  { argument: "zone", change: "another one", verdict: "replace", to: { zone: "zone2" } },
  {
    argument: "bridged",
    change: "on",
    verdict: "restart",
    to: { bridged: true },
    reached: { bridged: true },
  },
  {
    argument: "bridged",
    change: "off",
    verdict: "replace",
    from: { bridged: true },
    to: { bridged: false },
  },
  { argument: "cpus", change: "any", verdict: "restart", to: { cpus: 3 }, reached: { cpus: 3 } },
  {
    argument: "memory",
    change: "another size; 2048MiB for 2G is none",
    verdict: "restart",
    to: { memory: "3G" },
    reached: { memory: 3 * GIB },
  },
  {
    argument: "disk",
    change: "larger; smaller is refused",
    verdict: "restart",
    to: { disk: "20G" },
    reached: { disk: 20 * GIB },
  },
  {
    argument: "mounts",
    change: "classic ones",
    verdict: "live",
    to: { mounts: [{ source, target }] },
    reached: { mounts: { [target]: { source, type: "classic" } } },
  },
  {
    argument: "mounts",
    change: "native ones",
    verdict: "restart",
    to: { mounts: [{ source, target, type: "native" }] },
    reached: { mounts: { [target]: { source, type: "native" } } },
  },
  {
    argument: "powerState",
    change: "another one",
    verdict: "live",
    to: { powerState: "stopped" },
    reached: { state: "Stopped" },
  },
  { argument: "adopt", change: "any", verdict: "record", to: { adopt: true } },
  { argument: "allowRestart", change: "any", verdict: "record", to: { allowRestart: false } },
  { argument: "deletionPolicy", change: "any", verdict: "record", to: { deletionPolicy: "keep" } },
  { argument: "readiness", change: "any", verdict: "record", to: { readiness: { cloudInit: "skip" } } },
  { argument: "remedies", change: "any", verdict: "record", to: { remedies: { directImage: false } } },
  { argument: "retry", change: "any", verdict: "record", to: { retry: { factor: 2 } } },
  { argument: "timeouts", change: "any", verdict: "record", to: { timeouts: { create: "1h" } } },
  { argument: "multipassPath", change: "any", verdict: "record", to: { multipassPath: "/opt/multipass" } },
  { argument: "host", change: "another one", verdict: "replace", to: { host: "lab2" } },
  {
    argument: "host",
    change: "another multipassPath",
    verdict: "record",
    from: { host: "lab2" },
    to: { host: { ssh: "lab2", multipassPath: "/opt/multipass" } },
  },
  {
    argument: "host",
    change: "another ssh of the same host",
    verdict: "record",
    from: { host: "lab2" },
    to: { host: { ssh: "me@lab2", sameAs: "lab2" } },
  },
];
