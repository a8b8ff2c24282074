import { RpcError, severalErrors } from "../cli/errors.ts";
import type { InstanceStateRecord } from "../world.ts";
import type { Guests } from "./guests.ts";
import { isUp } from "./instances.ts";
import type { Life } from "./life.ts";
import type { Mounts } from "./mounts.ts";
import type { BootResult, Processes } from "./processes.ts";

/** Timeout for SSH in launch, start and restart, for cloud-init in launch, and for a graceful stop. */
export const DEFAULT_TIMEOUT_MS = 300_000;

/** Starts, stops and suspends virtual machines. */
export class Machines {
  readonly #life: Life;
  readonly #processes: Processes;
  readonly #guests: Guests;
  readonly #mounts: Mounts;

  constructor(life: Life, processes: Processes, guests: Guests, mounts: Mounts) {
    this.#life = life;
    this.#processes = processes;
    this.#guests = guests;
    this.#mounts = mounts;
  }

  /** Starts the VM process, from which the guest's boot time counts. */
  powerOn(instance: InstanceStateRecord, state: "Starting" | "Restarting" = "Starting"): void {
    const { clock, faults, store } = this.#life;
    const guest = faults.guest(instance.name);
    this.#processes.start(instance);
    const now = clock.now();
    const first = instance.boots === 0;
    instance.state = state;
    instance.bootedAt = now;
    instance.sshAt = now + (guest.bootSeconds ?? 0) * 1000;
    if (first) this.#guests.firstBoot(instance);
    if (!this.#guests.cloudInitFinished(instance)) {
      instance.cloudInitAt = instance.sshAt + (guest.cloudInitSeconds ?? 0) * 1000;
    }
    instance.boots += 1;
    store.save();
    this.#guests.continueCloudInit(instance);
  }

  /** Ends the VM process immediately. */
  powerOff(instance: InstanceStateRecord): void {
    this.#processes.kill(instance);
    instance.state = "Stopped";
    instance.shutdownAt = undefined;
    this.#life.store.save();
  }

  /** Waits for SSH to answer. After a timeout the VM process keeps running and the state is `Unknown`. */
  async waitForSsh(instance: InstanceStateRecord, timeout = DEFAULT_TIMEOUT_MS): Promise<BootResult> {
    const { clock, store } = this.#life;
    const result = await this.#processes.waitUntil(instance, () => instance.sshAt, timeout);
    if (instance.state !== "Starting" && instance.state !== "Restarting") return result;
    if (result === "up") instance.state = "Running";
    if (result === "timeout") instance.state = "Unknown";
    if (result === "up") instance.sshAt = Math.min(instance.sshAt, clock.now());
    store.save();
    return result;
  }

  /** Waits for a guest's cloud-init to finish, as `launch` does. */
  async watchCloudInit(instance: InstanceStateRecord, timeout = DEFAULT_TIMEOUT_MS): Promise<BootResult> {
    const { clock, ended, caps, faults } = this.#life;
    const deadline = clock.now() + timeout;
    const expiry = () => clock.sleep(deadline - clock.now(), ended);
    for (;;) {
      const process = this.#processes.of(instance.name);
      let result = await this.#processes.waitUntil(
        instance,
        () => instance.cloudInitAt,
        deadline - clock.now(),
      );
      if (result === "up") await Promise.race([this.#guests.cloudInitEnded(instance), expiry()]);
      if (this.#guests.cloudInitFinished(instance)) return "up";
      if (result === "timeout" || clock.now() >= deadline) return "timeout";
      const now = this.#processes.of(instance.name);
      if (!now || now === process) return "died";
      // The guest has reset itself.
      if (faults.guest(instance.name).resetHangsDaemon) await this.#life.hang();
      if (!caps.launchSurvivesReset) await expiry();
      result = await this.waitForSsh(instance, deadline - clock.now());
      if (result !== "up") return result;
    }
  }

  /** The message for a VM that dies while booting. */
  deathText({ name }: InstanceStateRecord): string {
    const { deathWithoutName } = this.#life.caps;
    return deathWithoutName ? "Instance shutdown during start" : `${name}: shutdown called while starting`;
  }

  /** Why an instance cannot be started; undefined if it can. */
  #startObstacle(instance: InstanceStateRecord): string | undefined {
    if (instance.state === "Unknown") {
      return `Instance '${instance.name}' is already running, but in an unknown state.\nTry to stop it first.`;
    }
    if (instance.state === "Suspending")
      return `Cannot start the instance '${instance.name}' while suspending.`;
    if (instance.state === "Unavailable")
      return `Cannot start the instance '${instance.name}' while unavailable.`;
    return undefined;
  }

  /** Resumes a suspended guest. */
  resume(instance: InstanceStateRecord): void {
    this.#processes.start(instance);
    instance.state = "Starting";
    instance.sshAt = this.#life.clock.now();
    this.#guests.continueCloudInit(instance);
  }

  /** The part of `start` on the main thread. Returns the instances to wait for. */
  begin(instances: InstanceStateRecord[]): InstanceStateRecord[] {
    const { faults, store } = this.#life;
    const obstacles = instances
      .map((instance) => this.#startObstacle(instance))
      .filter((text) => text !== undefined);
    if (obstacles.length > 0) throw severalErrors(obstacles);
    for (const instance of instances) {
      if (instance.state === "Delayed Shutdown") {
        instance.state = "Running";
        instance.shutdownAt = undefined;
      }
      if (instance.state === "Suspended") this.resume(instance);
      if (instance.state === "Stopped") {
        if (faults.plan.hypervisor && !this.#life.instances.anyRunning()) {
          throw new RpcError(faults.plan.hypervisor);
        }
        this.powerOn(instance);
      }
    }
    store.save();
    return instances.filter(({ state }) => state === "Starting" || state === "Restarting");
  }

  /** The wait of `start` and `restart`, off the main thread. */
  async finish(instances: InstanceStateRecord[], timeout: number | undefined): Promise<string[]> {
    const errors: string[] = [];
    const warnings: string[] = [];
    await Promise.all(
      instances.map(async (instance) => {
        const result = await this.#life.pool(() => this.waitForSsh(instance, timeout));
        if (result === "timeout") errors.push(`${instance.name}: timed out waiting for response`);
        else if (result === "died") errors.push(this.deathText(instance));
        else warnings.push(...this.#mounts.activate(instance));
      }),
    );
    if (errors.length > 0) throw severalErrors(errors);
    return warnings;
  }

  async stop(instance: InstanceStateRecord, force: boolean): Promise<void> {
    const { clock, faults, ended, caps } = this.#life;
    if (instance.state === "Stopped" || instance.state === "Unavailable") return;
    if (!caps.stopForce && instance.state === "Suspended") return;
    const killed = force || (!caps.stopForce && /^(Res|S)tarting$/.test(instance.state));
    if (!killed) {
      const refusal = {
        Starting: `Cannot shut down instance ${instance.name} while starting.`,
        Restarting: `Cannot shut down instance ${instance.name} while starting.`,
        Suspending: `Cannot shut down instance ${instance.name} while suspending.`,
        Suspended: `Cannot shut down suspended instance ${instance.name}.`,
      }[instance.state as string];
      if (refusal) throw new RpcError(refusal);
      // A guest whose state is unknown does not notice the request to power off.
      const needed =
        instance.state === "Unknown"
          ? DEFAULT_TIMEOUT_MS * 2
          : (faults.guest(instance.name).shutdownSeconds ?? 0) * 1000;
      await clock.sleep(Math.min(needed, DEFAULT_TIMEOUT_MS), ended);
      if (needed > DEFAULT_TIMEOUT_MS) {
        throw new RpcError("The QEMU process did not finish within 300 seconds after being shutdown");
      }
    }
    this.powerOff(instance);
  }

  /** The guest powers off or reboots on its own. */
  power(instance: InstanceStateRecord, deed: "off" | "reboot"): void {
    if (deed === "off") {
      this.powerOff(instance);
      return;
    }
    this.powerOn(instance, "Restarting");
    this.waitForSsh(instance).catch(() => undefined);
  }

  /** Powers off an instance and removes every trace of it. */
  purge(instance: InstanceStateRecord): void {
    this.powerOff(instance);
    this.#life.instances.forget(instance);
  }

  /** Moves an instance to the trash, from which `recover` can restore it. */
  async delete(instance: InstanceStateRecord): Promise<void> {
    if (instance.deleted) return;
    if (instance.state !== "Suspended") await this.stop(instance, false);
    instance.deleted = true;
    this.#life.store.save();
  }

  /** `stop --time`. */
  delayShutdown(instance: InstanceStateRecord, milliseconds: number): void {
    const { clock, store } = this.#life;
    if (!isUp(instance)) return;
    instance.state = "Delayed Shutdown";
    instance.shutdownAt = clock.now() + milliseconds;
    store.save();
    this.#armShutdown(instance);
  }

  #armShutdown(instance: InstanceStateRecord): void {
    const { clock, ended } = this.#life;
    const at = instance.shutdownAt;
    if (at === undefined) return;
    clock.sleep(at - clock.now(), ended).then(
      () => {
        if (instance.shutdownAt === at) this.powerOff(instance);
      },
      () => undefined,
    );
  }

  cancelShutdown(instance: InstanceStateRecord): void {
    if (instance.state !== "Delayed Shutdown") return;
    instance.state = "Running";
    instance.shutdownAt = undefined;
    this.#life.store.save();
  }

  /** Under QEMU, suspending an instance that is not running does nothing and reports no error. */
  async suspend(instance: InstanceStateRecord): Promise<void> {
    const { clock, faults, store, ended } = this.#life;
    if (!isUp(instance)) return;
    instance.state = "Suspending";
    instance.shutdownAt = undefined;
    store.save();
    await clock.sleep((faults.guest(instance.name).suspendSeconds ?? 0) * 1000, ended);
    this.#processes.kill(instance);
    instance.state = "Suspended";
    store.save();
  }

  /** The part of `restart` on the main thread. */
  beginRestart(instances: InstanceStateRecord[]): void {
    for (const instance of instances) {
      const { name, state } = instance;
      if (state === "Unknown") {
        throw new RpcError(
          `Instance '${name}' is already running, but in an unknown state.\nTry to stop and start it instead.`,
        );
      }
      if (!isUp(instance)) {
        throw new RpcError(`Instance '${name}' is not running`);
      }
    }
    for (const instance of instances) this.powerOn(instance, "Restarting");
  }
}
