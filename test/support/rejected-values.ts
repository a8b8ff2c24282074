/** Every argument of every resource, with values that it rejects. */
import { tmpdir } from "node:os";
import {
  alias,
  clone,
  command,
  file,
  instance,
  mount as mountResource,
  restore,
  setting,
  snapshot,
} from "../../provider/doors/dynamic/runtime.ts";
import type {
  AliasArgs,
  CloneArgs,
  CommandArgs,
  FileArgs,
  InstanceArgs,
  MountArgs,
  RestoreArgs,
  SettingArgs,
  SnapshotArgs,
} from "../../provider/index.ts";

// cspell:ignore craete dailly

export const resources = {
  alias,
  clone,
  command,
  file,
  instance,
  mount: mountResource,
  restore,
  setting,
  snapshot,
};

/** A secret that is part of every value below. */
export const SECRET = "hunter2";
/** A number that is as easy to find. */
export const NUMBER = 48151623;

const ASSET = { "4dabf18193072939515e22adb298388d": "c44067f5952c0a294b673a41bacd8c17" };

/** Values that all arguments reject, or some do. */
export const WRONG: unknown[] = [
  `${SECRET} and\nanother line`,
  `-${SECRET}`,
  `/${SECRET}/`,
  `${SECRET}.img`,
  "",
  NUMBER,
  -NUMBER,
  Number.NaN,
  true,
  [],
  [SECRET, NUMBER, { [SECRET]: SECRET }],
  [[SECRET]],
  { [SECRET]: SECRET },
  { [SECRET]: { [SECRET]: NUMBER } },
  { ...ASSET, path: `/${SECRET}` },
  { ...ASSET, path: tmpdir() },
  ASSET,
];

export type Arguments = Record<string, unknown>;

/**
 * For each argument of a resource, values that only it could accept. The compiler checks that none is
 * missing.
 */
type Table<A> = Record<keyof Required<A>, unknown[]>;

const timeouts = [{ create: SECRET }, { craete: "5m", [SECRET]: 1 }];
const readiness = [
  { cloudInit: SECRET, [SECRET]: 1, checks: [{ tcp: { port: SECRET, [SECRET]: 1 }, http: { url: SECRET } }] },
  { checks: [{ command: [SECRET, NUMBER], timeout: SECRET }] },
];
const machine = {
  instance: [],
  timeouts,
  multipassPath: [`/nowhere/${SECRET}`],
  host: [`-o${SECRET}`, `${SECRET} x`, { ssh: `-${SECRET}`, [SECRET]: SECRET }],
};

const mount = {
  source: [`/nowhere/${SECRET}`],
  target: [`/proc/${SECRET}`, `/a:${SECRET}`],
  type: [],
  uidMappings: [[SECRET]],
  gidMappings: [[SECRET]],
};

export const RESOURCES: {
  resource: keyof typeof resources;
  good: Arguments;
  olds?: Arguments;
  wrong: Table<never>;
}[] = [
  {
    resource: "instance",
    good: {},
    olds: { name: "web", __owner: "urn", disk: `10${SECRET}`, memory: "2G", deletionPolicy: "keep" },
    wrong: {
      name: [],
      image: [
        `ubuntu:${SECRET}`,
        `/${SECRET}.img`,
        `dailly:${SECRET}`,
        `https://user:${SECRET}@example.com/a`,
      ],
      cpus: [],
      memory: ["1M"],
      disk: ["1M", "9G"],
      cloudInit: [
        `a: ${SECRET}\na: ${SECRET}`,
        `a: [${SECRET}`,
        `? [${SECRET}]\n: 1\n`,
        `#!/bin/sh\necho ${SECRET}`,
        `%${SECRET}`,
        `a: *${SECRET}`,
        `a: !${SECRET} b`,
      ],
      networks: [
        [{ name: `${SECRET},a`, mac: SECRET, mode: SECRET, [SECRET]: 1 }],
        [
          { name: "a", mac: SECRET },
          { name: SECRET, mac: "52:54:00:4b:ab:cd" },
          { mac: "52:54:00:4b:ab:cd" },
        ],
      ],
      bridged: [],
      mounts: [
        [
          {
            source: `/nowhere/${SECRET}`,
            target: `/proc/${SECRET}`,
            [SECRET]: SECRET,
            uidMappings: [SECRET],
          },
        ],
        [
          { source: `/nowhere/${SECRET}`, target: "a" },
          { source: `/nowhere/${SECRET}`, target: "a" },
        ],
      ],
      zone: [],
      powerState: [],
      adopt: [],
      allowRestart: [],
      deletionPolicy: [],
      readiness,
      remedies: [{ imageServers: { [SECRET]: SECRET }, restartCommand: [NUMBER], [SECRET]: 1 }],
      retry: [{ factor: -NUMBER, jitter: NUMBER, maxDelay: SECRET, [SECRET]: 1 }],
      timeouts,
      multipassPath: machine.multipassPath,
      host: machine.host,
    } satisfies Table<InstanceArgs>,
  },
  {
    resource: "clone",
    good: { source: "web" },
    olds: { name: "copy", source: "web", __owner: "urn", disk: "10G", deletionPolicy: "keep" },
    wrong: {
      source: [],
      name: ["web"],
      cpus: [],
      memory: ["1M"],
      disk: ["1M", "9G"],
      powerState: [],
      adopt: [],
      allowRestart: [],
      deletionPolicy: [],
      readiness,
      timeouts,
      multipassPath: machine.multipassPath,
      host: machine.host,
    } satisfies Table<CloneArgs>,
  },
  {
    resource: "command",
    good: { instance: "web", create: ["true"] },
    wrong: {
      ...machine,
      create: [`echo ${SECRET}`, [SECRET, NUMBER]],
      update: [`echo ${SECRET}`],
      delete: [`echo ${SECRET}`],
      shell: [],
      interpreter: [SECRET, []],
      environment: [{ [`1${SECRET}`]: SECRET, [SECRET]: NUMBER }],
      stdin: [],
      workingDirectory: [],
      triggers: [[{ [SECRET]: Number.NaN }]],
      acceptedExitCodes: [[NUMBER]],
      addPreviousOutputInEnv: [],
      assetPaths: [[NUMBER]],
      archivePaths: [`[z-${SECRET}]`],
      logging: [SECRET],
    } satisfies Table<CommandArgs>,
  },
  {
    resource: "file",
    good: { instance: "web", path: "a", content: "b" },
    wrong: {
      ...machine,
      path: [`/${SECRET}/..`, `a\n${SECRET}`],
      content: [],
      source: [`/nowhere/${SECRET}`],
      directory: [`/nowhere/${SECRET}`],
      mode: [],
      user: [],
      group: [],
      parents: [],
      deletionPolicy: [],
    } satisfies Table<FileArgs>,
  },
  {
    resource: "snapshot",
    good: { instance: "web" },
    wrong: {
      ...machine,
      name: [],
      comment: [],
      adopt: [],
      allowRestart: [],
      deletionPolicy: [],
    } satisfies Table<SnapshotArgs>,
  },
  {
    resource: "restore",
    good: { instance: "web", snapshot: "a", discardCurrentState: true },
    wrong: {
      ...machine,
      snapshot: [],
      trigger: [{ [SECRET]: Number.NaN }],
      discardCurrentState: [],
      allowRestart: [],
    } satisfies Table<RestoreArgs>,
  },
  {
    resource: "mount",
    good: { instance: "web", source: tmpdir(), target: "a" },
    wrong: { ...machine, ...mount, allowRestart: [] } satisfies Table<MountArgs>,
  },
  {
    resource: "alias",
    good: { instance: "web", command: "ls" },
    wrong: {
      ...machine,
      command: [`/bin/${SECRET}.x`, `${SECRET} -l`],
      name: [`${SECRET}.x`],
      workingDirectory: [],
    } satisfies Table<AliasArgs>,
  },
  {
    resource: "setting",
    good: { key: "local.image.mirror", value: "" },
    wrong: {
      key: [`local.${SECRET}.cpus`],
      value: [`http://${SECRET}/`],
      allowRunningInstances: [],
      deletionPolicy: [],
      timeouts,
      multipassPath: machine.multipassPath,
      host: machine.host,
    } satisfies Table<SettingArgs>,
  },
];
