import type * as v from "valibot";
import { ofWindows } from "./binary.ts";
import { classify } from "./classify.ts";
import { askCloudInit, type CloudInitStatus, cloudInitModule } from "./cloud-init.ts";
import type { Input } from "./process.ts";
import { type Call, type CallResult, callClient, HELD_MS, runClient, type Variables } from "./run.ts";
import type { Aliases, InstanceInfo, ListedInstance, ListedSnapshot } from "./schema.ts";
import * as json from "./schema.ts";
import type { Invocation, SshHost } from "./transport/ssh.ts";
import { parseVersion, requireVersion, type Version } from "./version.ts";

/** Limits of one call. */
export interface CallOptions {
  /** Milliseconds. Default: `HELD_MS`, the longest that a command can take on a healthy host. */
  timeoutMs?: number;
  signal?: AbortSignal | undefined;
}

/** Milliseconds for `version`, which does not need the daemon's main thread. A slower one has hung. */
const VERSION_MS = 30_000;
/** Version of the client, and of the daemon if it answers and grants access. */
export interface InstalledVersion {
  client: Version;
  daemon: Version | undefined;
}

/**
 * The `multipass` client as methods: arguments in, parsed answers out. Holds no state and never retries; the
 * layers above decide that from the error's kind.
 */
export class Driver {
  readonly client: string;
  /** Environment variables for the client, such as the address of its daemon. */
  readonly env: Variables;
  /** The host that the client runs on; undefined for this computer. */
  readonly host: SshHost | undefined;

  constructor(client: string, env: Variables = {}, host?: SshHost) {
    this.client = client;
    this.env = env;
    this.host = host;
  }

  /** Never fails because of the daemon: without one, `version` exits with 0 and omits `multipassd`. */
  async version(options: CallOptions = {}): Promise<InstalledVersion> {
    const printed = await this.ask(json.versionSchema, ["version"], {
      ...options,
      timeoutMs: Math.min(VERSION_MS, options.timeoutMs ?? VERSION_MS),
    });
    const client = requireVersion(printed.multipass);
    // A script that calls `multipass.exe` can have any name, but the version of a build for Windows ends in
    // `+win`.
    if (!this.host && process.platform === "linux" && client.text.endsWith("+win"))
      throw ofWindows(this.client);
    return { client, daemon: parseVersion(printed.multipassd ?? "") };
  }

  /** Every instance, even deleted ones. @param options.addresses whether to ask the guests, over SSH */
  async list({
    addresses = false,
    ...options
  }: CallOptions & { addresses?: boolean } = {}): Promise<ListedInstance[]> {
    return (await this.ask(json.listSchema, ["list", ...(addresses ? [] : ["--no-ipv4"])], options)).list;
  }

  /**
   * Details of the named instances, or of all.
   *
   * @param runtime whether to ask the guests too (addresses, memory, load). One unreachable guest fails the
   *   whole call.
   */
  async info(
    names: readonly string[],
    runtime: boolean,
    options: CallOptions = {},
  ): Promise<Map<string, InstanceInfo>> {
    const flags = runtime ? [] : ["--no-runtime-information"];
    const { info } = await this.ask(json.infoSchema, ["info", ...flags, ...names], options);
    return new Map(Object.entries(info));
  }

  async start(name: string, timeoutSeconds: number, options: CallOptions = {}): Promise<void> {
    const seconds = Math.max(1, Math.ceil(timeoutSeconds));
    // The client's own deadline normally applies; ours only stops a client that hangs.
    const timeoutMs = seconds * 1000 + 15_000;
    await this.call(["start", "--timeout", String(seconds), name], { timeoutMs, ...options });
  }

  async stop(name: string, force = false, options: CallOptions = {}): Promise<void> {
    await this.call(["stop", ...(force ? ["--force"] : []), name], options);
  }

  async suspend(name: string, options: CallOptions = {}): Promise<void> {
    await this.call(["suspend", name], options);
  }

  async recover(name: string, options: CallOptions = {}): Promise<void> {
    await this.call(["recover", name], options);
  }

  /** Copies a stopped instance without its snapshots. The copy stays stopped. Multipass 1.15 and newer. */
  async clone(source: string, name: string, options: CallOptions = {}): Promise<void> {
    await this.call(["clone", "--name", name, source], options);
  }

  /** Deletes one instance: with `purge` for good, otherwise recoverable and with its name still taken. */
  async delete(name: string, purge: boolean, options: CallOptions = {}): Promise<void> {
    // Never `multipass purge`: that removes every user's deleted instances.
    await this.call(["delete", ...(purge ? ["--purge"] : []), name], options);
  }

  /** All snapshots, by the instance's name and their own. Does not ask the guests. */
  async listSnapshots(options: CallOptions = {}): Promise<Record<string, Record<string, ListedSnapshot>>> {
    return (await this.ask(json.snapshotListSchema, ["list", "--snapshots"], options)).info;
  }

  /** Time of a snapshot, in Multipass's own format and time zone. */
  async snapshotCreated(instance: string, snapshot: string, options: CallOptions = {}): Promise<string> {
    const { info } = await this.ask(json.snapshotsSchema, ["info", `${instance}.${snapshot}`], options);
    return info[instance]?.snapshots[snapshot]?.created ?? "";
  }

  /** Takes a snapshot of a stopped instance. */
  async takeSnapshot(instance: string, name: string, comment = "", options: CallOptions = {}): Promise<void> {
    const say = comment ? ["--comment", comment] : [];
    await this.call(["snapshot", "--name", name, ...say, instance], options);
  }

  /** Restores a stopped instance to a snapshot. Later changes are lost. */
  async restoreSnapshot(instance: string, snapshot: string, options: CallOptions = {}): Promise<void> {
    await this.call(["restore", "--destructive", `${instance}.${snapshot}`], options);
  }

  /** Deletes one snapshot for good; Multipass offers no other way. */
  async deleteSnapshot(instance: string, snapshot: string, options: CallOptions = {}): Promise<void> {
    await this.call(["delete", "--purge", `${instance}.${snapshot}`], options);
  }

  async listAliases(options: CallOptions = {}): Promise<Aliases> {
    return this.ask(json.aliasesSchema, ["aliases"], options);
  }

  /**
   * Adds an alias to the active context.
   *
   * @param alias.map if the host's working directory lies in a mount, run the command in the matching guest
   *   folder
   */
  async addAlias(
    { name, instance, command, map }: { name: string; instance: string; command: string; map: boolean },
    options: CallOptions = {},
  ): Promise<void> {
    const flags = map ? [] : ["--no-map-working-directory"];
    await this.call(["alias", ...flags, `${instance}:${command}`, name], options);
  }

  /** Removes one alias, given as its name in the active context or as `CONTEXT.NAME`. */
  async removeAlias(name: string, options: CallOptions = {}): Promise<void> {
    await this.call(["unalias", name], options);
  }

  async set(key: string, value: string, options: CallOptions = {}): Promise<void> {
    await this.call(["set", `${key}=${value}`], options, { label: `set ${key}` });
  }

  /**
   * Sets a value through the client's prompt. Needed for secrets, which must not appear in an argument list,
   * and for values with an equals sign, which `KEY=VALUE` cannot express.
   *
   * The prompt asks twice for a passphrase; prompts that ask once leave the second line unread. Source:
   * canonical/multipass `src/client/cli/cmd/set.cpp`, `src/client/common/prompters.cpp`.
   */
  async setByPrompt(key: string, value: string, options: CallOptions = {}): Promise<void> {
    const said = { label: `set ${key}`, input: `${value}\n${value}\n` };
    await this.call(["set", key], options, said);
  }

  /** A setting's value as the client prints it; sizes are rounded to one decimal. */
  async get(key: string, options: CallOptions = {}): Promise<string> {
    return (await this.call(["get", "--raw", key], options, { label: `get ${key}` })).trim();
  }

  async mount(
    name: string,
    mount: {
      source: string;
      target: string;
      type?: string | undefined;
      uidMappings?: string[] | undefined;
      gidMappings?: string[] | undefined;
    },
    options: CallOptions = {},
  ): Promise<void> {
    const args = ["mount"];
    if (mount.type !== undefined) args.push("--type", mount.type);
    for (const mapping of mount.uidMappings ?? []) args.push("--uid-map", mapping);
    for (const mapping of mount.gidMappings ?? []) args.push("--gid-map", mapping);
    await this.call([...args, "--", mount.source, `${name}:${mount.target}`], options);
  }

  async unmount(name: string, target: string, options: CallOptions = {}): Promise<void> {
    await this.call(["umount", `${name}:${target}`], options);
  }

  async find(
    options: CallOptions & { forceUpdate?: boolean; showUnsupported?: boolean; query?: string } = {},
  ) {
    const args = [];
    if (options.forceUpdate) args.push("--force-update");
    if (options.showUnsupported) args.push("--show-unsupported");
    if (options.query !== undefined) args.push("--", options.query);
    return (await this.ask(json.findSchema, ["find", ...args], options)).images;
  }

  async networks(options: CallOptions = {}) {
    return (await this.ask(json.networksSchema, ["networks"], options)).list;
  }

  /**
   * Runs a command in the guest and returns its exit code and output. The client starts a stopped instance
   * for this, so check its state first.
   *
   * @throws MultipassError if the guest was not reached; a command that fails is not an error
   */
  async exec(
    name: string,
    command: readonly string[],
    options: CallOptions & Pick<Call, "input" | "onOutput"> & { workingDirectory?: string } = {},
  ): Promise<CallResult> {
    const { workingDirectory: folder, timeoutMs = HELD_MS, ...limits } = options;
    // Without this flag, the client first asks for the instance, to look for a mount to work in.
    const where = folder === undefined ? ["--no-map-working-directory"] : ["--working-directory", folder];
    const args = ["exec", ...where, name, "--", ...command];
    const result = await runClient(this, { args, label: `exec ${name}`, timeoutMs, ...limits });
    // The client's own exit codes: 2 (1.16) and 255 (1.17). The guest's command may use the same code or
    // print the same words, but hardly both at once.
    if ([2, 255].includes(result.exitCode) && /^(?:exec|start|info) failed: /m.test(result.stderr)) {
      throw classify({ command: `exec ${name}`, host: this.host?.destination, ...result });
    }
    return result;
  }

  /** The program to run for a call that belongs to the user's own terminal. */
  inTerminal(args: string[], isTerminal: boolean): Invocation {
    return this.host?.inTerminal(this.client, args, isTerminal) ?? { program: this.client, args };
  }

  /**
   * Writes a file in a running guest as the guest's default user. An existing file keeps its owner and mode.
   *
   * Sends the content on stdin, since a snap's client can read neither /tmp nor hidden folders.
   */
  async transfer(name: string, path: string, input: Input, options: CallOptions = {}): Promise<void> {
    const to = `${name}:${path}`;
    await this.call(["transfer", "-", to], options, { label: `transfer - ${to}`, input });
  }

  /** cloud-init's current result; does not wait for it to finish. */
  cloudInitStatus(name: string, options: CallOptions = {}): Promise<CloudInitStatus> {
    return askCloudInit((command) => this.exec(name, command, options), name);
  }

  /** The module that cloud-init has begun last; undefined if the guest does not tell. */
  cloudInitModule(name: string, options: CallOptions = {}): Promise<string | undefined> {
    return cloudInitModule((command) => this.exec(name, command, options)).catch(() => undefined);
  }

  /** Asks a question whose answer is JSON of this shape. */
  async ask<const S extends v.GenericSchema>(
    schema: S,
    [command, ...args]: readonly [string, ...string[]],
    options: CallOptions,
  ): Promise<v.InferOutput<S>> {
    const printed = await this.call([command, "--format", "json", ...args], options);
    return json.parseJson(schema, printed, command);
  }

  /** Runs any other command. @returns its stdout */
  call(
    args: string[],
    { timeoutMs = HELD_MS, signal }: CallOptions,
    more: Pick<Call, "label" | "input"> = {},
  ): Promise<string> {
    return callClient(this, { args, timeoutMs, signal, ...more });
  }
}
