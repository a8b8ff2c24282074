import { isDeepStrictEqual } from "node:util";
import type { Multipass } from "../../core/context.ts";
import { multipassOf } from "../../core/multipass.ts";
import type { ListedInstance } from "../../driver/schema.ts";
import { EXIT } from "../exit-codes.ts";
import { type Paint, painter, wrap } from "../terminal.ts";
import { verify } from "./orphans.ts";
import { type Condition, type Overview, type Owned, overviewOf } from "./owned.ts";

export interface StatusOptions {
  json?: boolean;
  forget?: boolean;
  verify?: boolean;
  stack?: string;
  multipassPath?: string;
}

const USUAL_WIDTH = 100;

/** Shows the instances that stacks of this user own. @returns the exit code */
export async function status(options: StatusOptions, signal: AbortSignal): Promise<number> {
  const multipass = multipassOf(options.multipassPath);
  const overview = await overviewOf(multipass, { stack: options.stack, signal });
  const { owned } = overview;
  const { orphans, missingStacks } = options.verify
    ? await verify(owned, signal)
    : { orphans: new Set(), missingStacks: [] };
  for (const one of owned) if (one.condition === "fine" && orphans.has(one.name)) one.condition = "orphaned";
  const forgotten = options.forget ? await forgetGone(multipass, overview) : [];
  const others = options.stack === undefined ? overview.others : [];
  if (options.json) process.stdout.write(toJson(owned, others, forgotten));
  else {
    const notes = [
      ...missingStacks.map((stack) => `The current backend of Pulumi has no stack ${stack}.`),
      ...(forgotten.length > 0 ? [`Forgot the records of ${forgotten.join(", ")}.`] : []),
    ];
    const left = owned.filter(({ name }) => !forgotten.includes(name));
    process.stdout.write(text(left, others, notes));
  }
  return EXIT.ok;
}

/** Removes the records of instances that are gone. @returns their names */
async function forgetGone({ ledger, intents }: Multipass, { owned, entries }: Overview): Promise<string[]> {
  const forgotten: string[] = [];
  for (const { name } of owned.filter(({ condition }) => condition === "gone")) {
    // A create may have begun to make it anew since.
    if (!isDeepStrictEqual(await ledger.entryOf(name), entries.get(name))) continue;
    await intents.forgetInstance(name);
    await ledger.forget(name);
    forgotten.push(name);
  }
  return forgotten;
}

function toJson(owned: readonly Owned[], others: readonly ListedInstance[], forgotten: string[]): string {
  const document = {
    instances: owned.map(({ state = null, address = null, ...rest }) => ({ ...rest, state, address })),
    others: others.map(({ name, state }) => ({ name, state })),
    forgotten,
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

/** What to do about each condition. */
const ADVICE: Readonly<Partial<Record<Condition, (names: string) => string>>> = {
  unfinished: () => "The create has not finished. `pulumi up` continues it, `pulumi destroy` removes it.",
  deleted: (names) =>
    `Deleted but not purged, so the name stays taken. \`multipass recover ${names}\` or \`multipass delete --purge ${names}\`.`,
  gone: () => "Multipass has it no more. `--forget` clears its record, `pulumi refresh` its stack.",
  orphaned: (names) =>
    `Its stack does not hold it. Delete it with \`multipass delete --purge ${names}\`, or take it back with \`adopt: true\`.`,
};

const STYLES: Readonly<Record<Condition, Parameters<Paint>[0]>> = {
  fine: "green",
  creating: "cyan",
  unfinished: "yellow",
  deleted: "yellow",
  gone: "red",
  orphaned: "red",
};

function text(owned: readonly Owned[], others: readonly ListedInstance[], notes: readonly string[]): string {
  const paint = painter(process.stdout);
  const width = process.stdout.columns ?? USUAL_WIDTH;
  const paragraphs: string[] = [];
  if (owned.length === 0) paragraphs.push("No stack of this user owns an instance here.");
  else paragraphs.push(table(owned, paint));
  for (const [condition, instances] of Map.groupBy(owned, (one) => one.condition)) {
    const names = instances.map(({ name }) => name).join(" ");
    const advice = ADVICE[condition]?.(names);
    if (advice)
      paragraphs.push(wrap(`${paint(STYLES[condition], condition)} ${names}: ${advice}`, width).join("\n"));
  }
  if (others.length > 0) {
    const list = others.map(({ name, state }) => `${name} (${state})`).join(", ");
    paragraphs.push(wrap(`Not made by a stack of this user: ${list}`, width).join("\n"));
  }
  return `${[...paragraphs, ...notes].join("\n")}\n`;
}

function table(owned: readonly Owned[], paint: Paint): string {
  const rows = owned.map((one) => [
    one.name,
    one.state ?? "-",
    one.address ?? "-",
    age(Date.now() - Date.parse(one.since)),
    `${one.project}/${one.stack} ${one.resource}`,
  ]);
  const all = [["NAME", "STATE", "ADDRESS", "AGE", "OWNER"], ...rows];
  const widths = all[0]?.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0))) ?? [];
  return all
    .map((row, line) => {
      const condition = owned[line - 1]?.condition ?? "fine";
      const cells = row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd();
      return condition === "fine" ? cells : `${cells}  ${paint(STYLES[condition], condition)}`;
    })
    .join("\n");
}

/** In one unit, as `kubectl` prints it. */
function age(ms: number): string {
  const minutes = Math.max(0, Math.floor(ms / 60_000));
  if (minutes < 120) return `${minutes}m`;
  return minutes < 48 * 60 ? `${Math.floor(minutes / 60)}h` : `${Math.floor(minutes / 1440)}d`;
}
