import type { CallOptions } from "../driver/driver.ts";
import { isMultipassError, MultipassError } from "../driver/errors.ts";
import type { CheckResult } from "./check.ts";
import { type Claim, claimedTwice } from "./claims.ts";
import { missingClient, pathOfOtherComputer } from "./client.ts";
import type { CommonProperties } from "./common.ts";
import { InitializationError, type Log, type Multipass } from "./context.ts";
import {
  type CheckFailure,
  type Costs,
  type DiffResult,
  type Problem,
  type Properties,
  replacing,
} from "./description.ts";
import { cannotImport, type Found, type Imported, type Importer } from "./import.ts";
import type { Operation } from "./operation/operation.ts";
import { perform } from "./perform.ts";
import { sayable, sentence } from "./redact.ts";
import { AfterRestores, type Restorable } from "./restored.ts";
import type { Run } from "./run.ts";

export interface Created<S> {
  id: string;
  outs: S;
}

interface CheckOptions {
  /**
   * Whether another resource of the program may still create what this computer lacks. Missing things are then
   * warnings, and what is still missing fails the create or the update.
   */
  canAppear?: boolean;
  /** The resource option of that name, where the door learns of it. */
  replaceOnChanges?: readonly string[];
}

/** The operations that every resource offers to every door. */
export interface Resource<I extends object = object, S extends object = object> {
  /**
   * Validates a program's arguments and completes them.
   *
   * @param olds the arguments of the last run; empty for a new resource
   * @returns failures in words that show no secret
   */
  check(
    run: Run,
    olds: Partial<I>,
    news: Properties,
    options?: CheckOptions,
  ): Promise<{ inputs: I; failures: Problem[] }>;
  diff(run: Run, id: string, olds: S, news: I): Promise<DiffResult>;
  /** Announces what an update will do or refuse, unless a resource option makes a replacement of it. */
  foretell(run: Run, id: string, olds: S, news: I): Promise<void>;
  /** @throws InitializationError, like `update`, if what was made is not yet what was asked for */
  create(run: Run, inputs: I): Promise<Created<S>>;
  /** @returns undefined if it is gone */
  read(run: Run, id: string, state: S): Promise<Found<I, S> | undefined>;
  update(run: Run, id: string, olds: S, news: I): Promise<{ outs: S }>;
  delete(run: Run, id: string, state: S): Promise<void>;
  /**
   * Reads something that no state holds. Only looks, since a preview imports as well.
   *
   * @returns undefined if it does not exist
   * @throws MultipassError if this kind of resource cannot be imported
   */
  import(run: Run, id: string, common: CommonProperties): Promise<Imported<I, S> | undefined>;
  /** Finds the ids of all that exist. Left out if they cannot be enumerated. */
  list?(multipass: Multipass, options: CallOptions): Promise<string[]>;
}

/** The operations that show that Pulumi's state has a resource. A check does so if it gets old arguments. */
type Showing = "diff" | "read" | "update" | "delete";
type Note<S> = (multipass: Multipass, state: S, id: string) => Promise<void>;

/** How one resource differs from the others. */
interface Description<I, S> {
  /** The id of a new one. */
  id(outs: S): string;
  /** The things that only one resource may manage, such as an instance's name. */
  manages?(inputs: I): Claim | undefined;
  check(olds: Partial<I>, news: Properties, run: Run): CheckResult<I> | Promise<CheckResult<I>>;
  /** What has changed, and what that costs. */
  diff(olds: S, news: I): Costs;
  /** Whether the old and the new one can exist side by side during a replacement. Default: they cannot. */
  coexists?(olds: S, news: I): boolean;
  /** Announces before an update what it will do or refuse. */
  foretell?(log: Log, id: string, olds: S, news: I): void;
  create(op: Operation, inputs: I): Promise<S>;
  /** Left out for an action, which leaves nothing to read back. */
  read?(op: Operation, state: S, id: string): Promise<S | undefined>;
  /** The arguments that match what was read. Left out if the program's own still do. */
  inputsOf?(outs: S): I;
  update(op: Operation, olds: S, news: I, id: string): Promise<S>;
  /** Why the thing must remain after a delete of this resource; undefined if it is to be removed. */
  keptBecause?(multipass: Multipass, id: string): string | undefined;
  /** Left out if nothing can undo it. */
  delete?(op: Operation, state: S, id: string): Promise<void>;
  /** How to import one; if that is impossible, a string that says what to do instead. */
  import: Importer<I, S> | string;
  /** Records that Pulumi's state has the resource, as the operation shows. */
  seen?: { [K in Showing]?: Note<S> } & { check?(multipass: Multipass, olds: Partial<I>): Promise<void> };
  /** The row's text after a create or an update. */
  outcome(state: S, ms: number): string;
  /** The row's text after a delete. Default: "removed". */
  deletion?(state: S, id: string): string;
  restorable?: Restorable<I, S>;
}

/** The operations, around what the resource's description says. */
export class DescribedResource<I extends CommonProperties, S extends CommonProperties>
  implements Resource<I, S>
{
  readonly list?: NonNullable<Importer<I, S>["list"]>;
  readonly own: Description<I, S>;
  readonly #restores: AfterRestores<I, S> | undefined;

  constructor(own: Description<I, S>) {
    this.own = own;
    this.#restores = own.restorable && new AfterRestores(own.restorable);
    if (typeof own.import === "object" && own.import.list) this.list = own.import.list;
  }

  async import(run: Run, id: string, common: CommonProperties): Promise<Imported<I, S> | undefined> {
    const { import: importer } = this.own;
    if (typeof importer === "string") throw cannotImport(id, importer);
    const known = importer.known(id);
    if (!known)
      throw cannotImport(id, `Give the id as ${importer.form}.`, "this is not the id of such a resource");
    const look = async (op: Operation, state: S) => {
      const outs = await this.own.read?.(op, state, id);
      return outs && importer.found(op, outs);
    };
    return perform(run, "read", { ...common, ...known } as S, look, { outcome: () => "read" });
  }

  async check(
    run: Run,
    olds: Partial<I>,
    given: Properties,
    { canAppear = false, replaceOnChanges = [] }: CheckOptions = {},
  ): Promise<{ inputs: I; failures: Problem[] }> {
    await run.noting(olds, async (multipass) => this.own.seen?.check?.(multipass, olds));
    const { inputs, failures } = await this.own.check(olds, given, run);
    const all = [
      ...failures,
      ...pathOfOtherComputer(inputs),
      ...missingClient(run, olds, inputs),
      ...claimedTwice(run, this.own.manages?.(inputs), inputs),
    ];
    run.replaceOnChanges.set(inputs.owner, replaceOnChanges);
    const news = { ...given, secrets: inputs.secrets };
    const said = (failure: CheckFailure) => sayable(failure, olds, news);
    const later = canAppear ? all.filter(({ isMissing }) => isMissing) : [];
    for (const failure of later) {
      await run.warnOnce(
        inputs.owner,
        `${sentence(said(failure))}. The update will fail, unless a resource that this one depends on changes that first`,
      );
    }
    if (later.length > 0) run.mayLack.add(inputs.owner);
    return { inputs, failures: all.filter((failure) => !later.includes(failure)).map(said) };
  }

  async diff(run: Run, id: string, olds: S, news: I): Promise<DiffResult> {
    await this.#note(run, "diff", olds, id);
    const found = this.compare(olds, news);
    const undone = await this.#restores?.seen(run, olds, news, found.changes);
    await run.door.log(news.owner).delivered();
    const result = undone ? this.compare(undone, news) : found;
    return replacing(result, run.replaceOnChanges.get(news.owner));
  }

  async foretell(run: Run, id: string, olds: S, news: I): Promise<void> {
    if (!this.own.foretell) return;
    const { replaces } = replacing(this.compare(olds, news), run.replaceOnChanges.get(news.owner));
    if (replaces.length > 0) return;
    const log = run.door.log(news.owner);
    this.own.foretell(log, id, olds, news);
    await log.delivered();
  }

  /** The difference by the recorded state alone. */
  compare(olds: S, news: I): DiffResult {
    const isUnfinished = (olds as { ready?: boolean }).ready === false;
    const costs: Costs = { ...this.own.diff(olds, news), ...(isUnfinished && { ready: "update" }) };
    const changed = Object.keys(costs);
    return {
      changes: changed.length > 0,
      replaces: changed.filter((property) => costs[property] === "replace"),
      // Also where nothing replaces: the resource option `replaceOnChanges` can make a replacement of an update.
      deleteBeforeReplace: !this.own.coexists?.(olds, news),
      costs,
    };
  }

  async create(run: Run, inputs: I): Promise<Created<S>> {
    await this.#refuseLacking(run, {}, inputs);
    const outcome = ({ outs }: Created<S>, ms: number) => this.own.outcome(outs, ms);
    const work = (op: Operation, asked: I) => this.make(op, asked);
    const created = await perform(run, "create", inputs, work, { outcome });
    await this.#restores?.settled(run, inputs);
    return created;
  }

  /** A create within an operation. */
  async make(op: Operation, inputs: I): Promise<Created<S>> {
    const outs = await identified(this.own.create(op, inputs), (left) => this.own.id(left as S));
    return { id: this.own.id(outs), outs };
  }

  async read(run: Run, id: string, state: S): Promise<Found<I, S> | undefined> {
    await this.#note(run, "read", state, id);
    const { read } = this.own;
    if (!read) return { outs: state };
    const look = (op: Operation, known: S) => read(op, known, id);
    // Only shown after a refresh that had to wait.
    const outs = await perform(run, "read", state, look, { outcome: () => "read" });
    const inputs = outs && this.own.inputsOf?.(outs);
    return outs && { outs, ...(inputs && { inputs }) };
  }

  async update(run: Run, id: string, olds: S, news: I): Promise<{ outs: S }> {
    await this.#refuseLacking(run, olds, news);
    await this.#note(run, "update", olds, id);
    // After a restore: the state without what the restore has undone.
    const undone = await this.#restores?.seen(run, olds, news, true);
    const afterRestore = undone && this.own.restorable?.update;
    const update = afterRestore ?? this.own.update;
    // The program has changed nothing, so the update only puts back what was undone.
    const onlyPutsBack = undone && !afterRestore && !this.compare(olds, news).changes;
    let mustWait = false;
    const work = (op: Operation, inputs: I) =>
      identified(update(op, undone ?? olds, inputs, id), () => id).catch((error) => {
        if (!onlyPutsBack || !isMultipassError(error, "instance-not-running")) throw error;
        mustWait = true;
        op.log.warn(`${error.message}\nWhat the restore has undone is put back once the instance runs.`);
        return olds;
      });
    const outcome = (outs: S, ms: number) => this.own.outcome(outs, ms);
    const outs = await perform(run, "update", news, work, { olds, outcome });
    if (!mustWait) await this.#restores?.settled(run, news);
    return { outs };
  }

  async delete(run: Run, id: string, state: S): Promise<void> {
    const why = await run.noting(state, async (multipass) => this.own.keptBecause?.(multipass, id));
    if (why !== undefined) return run.door.log(state.owner).warn(why);
    await this.#note(run, "delete", state, id);
    const { delete: remove } = this.own;
    if (!remove) return;
    await perform(run, "delete", state, (op, known) => remove(op, known, id), {
      outcome: () => this.own.deletion?.(state, id) ?? "removed",
    });
    await this.#restores?.gone(run, state);
  }

  async #note(run: Run, during: Showing, state: S, id: string): Promise<void> {
    const note = this.own.seen?.[during];
    if (note) await run.noting(state, (multipass) => note(multipass, state, id));
  }

  /** Refuses an operation while something that the check found missing is still missing. */
  async #refuseLacking(run: Run, olds: object, inputs: I): Promise<void> {
    if (!run.mayLack.has(inputs.owner)) return;
    const { failures } = await this.own.check(olds as Partial<I>, { ...(inputs as object) }, run);
    const lacking = [...failures, ...missingClient(run, olds, inputs)].filter(({ isMissing }) => isMissing);
    if (lacking.length === 0) return;
    const known = lacking.find(({ error }) => error)?.error;
    if (known) throw known;
    throw new MultipassError("Unable to continue", {
      kind: "invalid-argument",
      details: lacking.map((failure) => sentence(sayable(failure, olds, inputs))).join("; "),
    });
  }
}

/** Gives its id to what a failed operation has left. */
export async function identified<S>(work: Promise<S>, idOf: (outs: object) => string): Promise<S> {
  return work.catch((error) => {
    if (error instanceof InitializationError) error.id = idOf(error.outs);
    throw error;
  });
}
