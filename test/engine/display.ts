import type { Op, RunResult, Severity } from "./deployer.ts";
import type { Action, Emit, RunEvent } from "./events.ts";
import { STACK_TYPE, urnName, urnType } from "./urn.ts";
import { isObject, isSecret, UNKNOWN, type Value } from "./values.ts";

type Colour = "green" | "yellow" | "red" | "magenta" | "cyan" | "dim" | "bold";

const CODES: Record<Colour, number> = {
  green: 32,
  yellow: 33,
  red: 31,
  magenta: 35,
  cyan: 36,
  dim: 2,
  bold: 1,
};

type Paint = (colour: Colour, text: string) => string;

const VERBS: Partial<
  Record<Op, { sign: string; colour: Colour; doing: string; done: string; planned: string }>
> = {
  create: { sign: "+", colour: "green", doing: "creating", done: "created", planned: "create" },
  update: { sign: "~", colour: "yellow", doing: "updating", done: "updated", planned: "update" },
  delete: { sign: "-", colour: "red", doing: "deleting", done: "deleted", planned: "delete" },
  replace: { sign: "+-", colour: "magenta", doing: "replacing", done: "replaced", planned: "replace" },
  "create-replacement": {
    sign: "++",
    colour: "green",
    doing: "creating replacement",
    done: "created replacement",
    planned: "create replacement",
  },
  "delete-replaced": {
    sign: "--",
    colour: "red",
    doing: "deleting original",
    done: "deleted original",
    planned: "delete original",
  },
  read: { sign: ">", colour: "cyan", doing: "reading", done: "read", planned: "read" },
  refresh: { sign: "~", colour: "yellow", doing: "refreshing", done: "refreshed", planned: "refresh" },
};

const TITLES: Record<Action, string> = {
  preview: "Previewing update",
  up: "Updating",
  refresh: "Refreshing",
  destroy: "Destroying",
};

const LABELS: Record<Severity, [Colour, string]> = {
  debug: ["dim", "debug: "],
  info: ["cyan", ""],
  "info#err": ["cyan", ""],
  warning: ["yellow", "warning: "],
  error: ["red", "error: "],
};

/** Whether a stream should get colours, by the conventions NO_COLOR and FORCE_COLOR. */
export function wantsColour(stream: { isTTY?: boolean }, env = process.env): boolean {
  if (env["NO_COLOR"]) return false;
  if (env["FORCE_COLOR"]) return env["FORCE_COLOR"] !== "0";
  return stream.isTTY === true;
}

/** Prints events as lines of text: one for each step and status, then outputs, counts and duration. */
export function display(write: (text: string) => void, { colour = false } = {}): Emit {
  const paint: Paint = (name, text) => (colour ? `\u001b[${CODES[name]}m${text}\u001b[0m` : text);
  let planned = false;
  /** The stack exists at once, but is only done when everything in it is. */
  let stack: Extract<RunEvent, { kind: "done" }> | undefined;
  const put = (event: RunEvent) => {
    for (const line of linesOf(event, paint, planned)) write(`${line}\n`);
  };
  return (event) => {
    if (event.kind === "begin") planned = event.action === "preview";
    if (event.kind === "done" && event.op !== "delete" && urnType(event.urn) === STACK_TYPE) {
      stack = event;
      return;
    }
    if (event.kind === "end" && event.ok && stack !== undefined) put({ ...stack, ms: event.ms });
    put(event);
  };
}

function linesOf(event: RunEvent, paint: Paint, planned: boolean): string[] {
  switch (event.kind) {
    case "begin":
      return [paint("bold", `${TITLES[event.action]} (${event.stack}):`)];
    case "start":
      return planned ? [] : stepLine(event, paint, "doing");
    case "done":
      return stepLine(event, paint, planned ? "planned" : "done", planned ? undefined : event.ms);
    case "failed":
      return [
        ` ${paint("red", "!!")} ${resource(event.urn, paint)} ${paint("red", "failed")}${seconds(event.ms, paint)}`,
      ];
    case "log":
      return logLines(event, paint);
    case "end":
      return endLines(event, paint);
  }
}

function stepLine(
  event: { op: Op; urn: string },
  paint: Paint,
  form: "doing" | "done" | "planned",
  ms?: number,
): string[] {
  const verb = VERBS[event.op];
  if (verb === undefined) return [];
  const sign = paint(verb.colour, verb.sign.padEnd(2));
  return [` ${sign} ${resource(event.urn, paint)} ${paint(verb.colour, verb[form])}${seconds(ms, paint)}`];
}

const resource = (urn: string, paint: Paint): string => `${paint("dim", urnType(urn))} ${urnName(urn)}`;

function seconds(ms: number | undefined, paint: Paint): string {
  return ms === undefined ? "" : paint("dim", ` (${duration(ms)})`);
}

function duration(ms: number): string {
  if (ms < 59_500) return `${ms < 9950 ? (ms / 1000).toFixed(1) : Math.round(ms / 1000)}s`;
  return `${Math.floor(Math.round(ms / 1000) / 60)}m${Math.round(ms / 1000) % 60}s`;
}

function logLines(event: Extract<RunEvent, { kind: "log" }>, paint: Paint): string[] {
  const [colour, label] = LABELS[event.severity];
  const about = event.urn === undefined ? "" : `${urnName(event.urn)}: `;
  const [first = "", ...more] = event.message.trimEnd().split("\n");
  const text = event.ephemeral ? paint("dim", first) : first;
  return [`    ${about}${paint(colour, label)}${text}`, ...more.map((line) => `      ${line}`)];
}

function endLines(event: Extract<RunEvent, { kind: "end" }>, paint: Paint): string[] {
  const planned = event.action === "preview";
  const outputs = Object.entries(event.outputs).map(([key, value]) => `    ${key}: ${show(value)}`);
  return [
    ...(outputs.length > 0 ? ["", paint("bold", "Outputs:"), ...outputs] : []),
    "",
    paint("bold", "Resources:"),
    ...summaryLines(event.summary, planned, paint),
    "",
    `${event.ok ? "Duration" : paint("red", "Failed after")}: ${duration(event.ms)}`,
  ];
}

function summaryLines(summary: RunResult["summary"], planned: boolean, paint: Paint): string[] {
  const { same = 0, ...changes } = summary;
  const lines = (Object.entries(changes) as [Op, number][]).map(([op, count]) => {
    const verb = VERBS[op];
    if (verb === undefined) return `    ${count} ${op}`;
    return `    ${paint(verb.colour, verb.sign)} ${count} ${planned ? `to ${verb.planned}` : verb.done}`;
  });
  return same > 0 ? [...lines, `    ${same} unchanged`] : lines;
}

function show(value: Value): string {
  if (isSecret(value)) return "[secret]";
  if (value === UNKNOWN) return "[unknown]";
  if (Array.isArray(value)) return `[${value.map(show).join(", ")}]`;
  if (!isObject(value)) return JSON.stringify(value);
  return `{ ${Object.entries(value)
    .map(([key, part]) => `${key}: ${show(part)}`)
    .join(", ")} }`;
}
