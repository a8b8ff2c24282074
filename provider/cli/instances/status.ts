import { isDeepStrictEqual } from "node:util";
import type { ListedInstance } from "../../driver/schema.ts";
import { EXIT } from "../exit-codes.ts";
import { type Paint, painter, type Style, wrap } from "../terminal.ts";
import { verify } from "./orphans.ts";
import { type Condition, type Overview, type Owned, overviewsOf } from "./owned.ts";

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
  const overviews = await overviewsOf(options.multipassPath, { stack: options.stack, signal });
  const owned = overviews.flatMap((overview) => overview.owned);
  const { orphans, missingStacks } = await verify(options.verify ? owned : [], signal);
  for (const one of owned) if (one.condition === "fine" && orphans.has(one)) one.condition = "orphaned";
  const forgotten = options.forget ? (await Promise.all(overviews.map(forgetGone))).flat() : [];
  const silent = overviews.filter(({ failure, owned }) => failure && owned.length > 0);
  const others =
    options.stack === undefined
      ? overviews.flatMap(({ host, others }) => others.map((one) => ({ ...one, host })))
      : [];
  if (options.json) process.stdout.write(toJson(owned, others, forgotten));
  else {
    const notes = [
      ...silent.map(({ host, failure }) => `${host ?? "This computer"} does not answer: ${failure?.message}`),
      ...missingStacks.map((stack) => `The current backend of Pulumi has no stack ${stack}.`),
      ...(forgotten.length > 0 ? [`Forgot the records of ${named(forgotten)}.`] : []),
    ];
    const left = owned.filter((one) => !forgotten.includes(one));
    process.stdout.write(text(left, others, notes, options.stack));
  }
  return silent.length > 0 ? EXIT.failed : EXIT.ok;
}

/** Removes the records of instances that are gone. @returns these instances */
async function forgetGone({ multipass: { ledger, intents }, owned, entries }: Overview): Promise<Owned[]> {
  const forgotten: Owned[] = [];
  for (const one of owned.filter(({ condition }) => condition === "gone")) {
    // Meanwhile, a create may have begun to make it again.
    if (!isDeepStrictEqual(await ledger.entryOf(one.name), entries.get(one.name))) continue;
    await intents.forgetInstance(one.name);
    await ledger.forget(one.name);
    forgotten.push(one);
  }
  return forgotten;
}

type Other = ListedInstance & Pick<Owned, "host">;

function toJson(owned: readonly Owned[], others: readonly Other[], forgotten: readonly Owned[]): string {
  const document = {
    instances: owned.map(({ host = null, state = null, address = null, ...rest }) => ({
      ...rest,
      host,
      state,
      address,
    })),
    others: others.map(({ name, state, host = null }) => ({ name, state, host })),
    forgotten: forgotten.map(({ name }) => name),
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

const named = (instances: readonly Owned[]) =>
  instances.map(({ name, host }) => (host === undefined ? name : `${name} on ${host}`)).join(", ");

const ADVICE: Readonly<Partial<Record<Condition, (names: string, multipass: string) => string>>> = {
  unfinished: () => "The create has not finished. `pulumi up` continues it, `pulumi destroy` removes it.",
  deleted: (names, multipass) =>
    `Deleted but not purged, so the name stays taken. \`${multipass} recover ${names}\` or \`${multipass} delete --purge ${names}\`.`,
  gone: () => "Multipass no longer has it. `--forget` clears its record, `pulumi refresh` its stack.",
  orphaned: (names, multipass) =>
    `Its stack does not hold it. Delete it with \`${multipass} delete --purge ${names}\`, or take it back with \`adopt: true\`.`,
};

const STYLES: Readonly<Record<Condition, Style>> = {
  fine: "green",
  creating: "cyan",
  unfinished: "yellow",
  deleted: "yellow",
  gone: "red",
  orphaned: "red",
  unknown: "red",
};

function text(
  owned: readonly Owned[],
  others: readonly Other[],
  notes: readonly string[],
  stack: string | undefined,
): string {
  const paint = painter(process.stdout);
  const width = process.stdout.columns ?? USUAL_WIDTH;
  const nothing =
    stack === undefined
      ? "No stack of this user owns an instance here."
      : `The stack ${stack} owns no instance here.`;
  const lines = [owned.length === 0 ? nothing : table(owned, paint)];
  for (const group of Map.groupBy(owned, ({ condition, host }) => `${condition} ${host}`).values()) {
    const { condition, host } = group[0] as Owned;
    const names = group.map(({ name }) => name).join(" ");
    const multipass = host === undefined ? "multipass" : `ssh ${host} multipass`;
    const advice = ADVICE[condition]?.(names, multipass);
    const where = host === undefined ? "" : ` on ${host}`;
    if (advice)
      lines.push(...wrap(`${paint(STYLES[condition], condition)} ${names}${where}: ${advice}`, width));
  }
  if (others.length > 0) {
    const list = others
      .map(({ name, state, host }) => `${name} (${host === undefined ? state : `${state} on ${host}`})`)
      .join(", ");
    lines.push(...wrap(`Not made by a stack of this user: ${list}`, width));
  }
  return `${[...lines, ...notes].join("\n")}\n`;
}

function table(owned: readonly Owned[], paint: Paint): string {
  // Most people have one computer.
  const hosts = owned.some(({ host }) => host !== undefined);
  const rows = owned.map((one) => [
    one.name,
    ...(hosts ? [one.host ?? "-"] : []),
    one.state ?? "-",
    one.address ?? "-",
    age(Date.now() - Date.parse(one.since)),
    `${one.project}/${one.stack} ${one.resource}`,
  ]);
  const all = [["NAME", ...(hosts ? ["HOST"] : []), "STATE", "ADDRESS", "AGE", "OWNER"], ...rows];
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
