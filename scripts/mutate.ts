/**
 * Mutation testing of the most critical modules: `npm run mutation`.
 *
 * Makes one small mistake at a time in a module and runs the module's tests. A mistake that no test notices
 * reveals untested code. A tool with 150 packages does this for any project; for a few modules this file is
 * enough, and takes seconds. Node.js gets each mutant in place of the file, without a process of its own.
 */
import { fork } from "node:child_process";
import { readFileSync } from "node:fs";
import { registerHooks } from "node:module";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import Mocha from "mocha";
import ts from "typescript";

interface Subject {
  module: string;
  tests: string[];
}

const CLASSIFIER_TESTS = ["test/driver/classify.test.ts", "test/driver/classify-wordings.test.ts"];

const SUBJECTS: Subject[] = [
  { module: "provider/driver/failure-rules.ts", tests: CLASSIFIER_TESTS },
  { module: "provider/driver/classify.ts", tests: CLASSIFIER_TESTS },
  { module: "provider/driver/output.ts", tests: ["test/driver/output.test.ts"] },
  { module: "provider/core/operation/backoff.ts", tests: ["test/core/operation/retry.test.ts"] },
  { module: "provider/core/operation/retry.ts", tests: ["test/core/operation/retry.test.ts"] },
];

/** The percentage of mutants that the tests must notice. */
const THRESHOLD = 95;
/** Milliseconds for the tests of one mutant; a mutant that makes them hang counts as noticed. */
const PATIENCE_MS = 30_000;

interface Mutant {
  start: number;
  end: number;
  replacement: string;
}

const OPERATORS: Partial<Record<ts.SyntaxKind, string>> = {
  [ts.SyntaxKind.PlusToken]: "-",
  [ts.SyntaxKind.MinusToken]: "+",
  [ts.SyntaxKind.AsteriskToken]: "/",
  [ts.SyntaxKind.SlashToken]: "*",
  [ts.SyntaxKind.AsteriskAsteriskToken]: "*",
  [ts.SyntaxKind.LessThanToken]: "<=",
  [ts.SyntaxKind.LessThanEqualsToken]: "<",
  [ts.SyntaxKind.GreaterThanToken]: ">=",
  [ts.SyntaxKind.GreaterThanEqualsToken]: ">",
  [ts.SyntaxKind.EqualsEqualsEqualsToken]: "!==",
  [ts.SyntaxKind.ExclamationEqualsEqualsToken]: "===",
  [ts.SyntaxKind.AmpersandAmpersandToken]: "||",
  [ts.SyntaxKind.BarBarToken]: "&&",
  [ts.SyntaxKind.QuestionQuestionToken]: "&&",
};

/** All mutants of the source text. */
function mutantsOf(text: string): Mutant[] {
  const source = ts.createSourceFile("subject.ts", text, ts.ScriptTarget.Latest, true);
  const mutants: Mutant[] = [];
  const add = (node: ts.Node, ...replacements: string[]) => {
    for (const replacement of replacements) {
      mutants.push({ start: node.getStart(source), end: node.getEnd(), replacement });
    }
  };
  const visit = (node: ts.Node): void => {
    if (ts.isTypeNode(node) || ts.isImportDeclaration(node) || ts.isInterfaceDeclaration(node)) return;
    if (ts.isBinaryExpression(node)) {
      const other = OPERATORS[node.operatorToken.kind];
      if (other !== undefined) add(node.operatorToken, other);
    } else if (ts.isConditionalExpression(node)) {
      add(node.condition, "true", "false");
    } else if (ts.isIfStatement(node)) {
      add(node.expression, "true", "false");
    } else if (ts.isPrefixUnaryExpression(node) && node.operator === ts.SyntaxKind.ExclamationToken) {
      add(node, node.operand.getText(source));
    } else if (ts.isRegularExpressionLiteral(node)) {
      add(node, "/(?!)/", ...regexMutants(node.text));
    } else if (ts.isNumericLiteral(node)) {
      add(node, String(Number(node.text.replaceAll("_", "")) + 1));
    } else if (node.kind === ts.SyntaxKind.TrueKeyword) {
      add(node, "false");
    } else if (node.kind === ts.SyntaxKind.FalseKeyword) {
      add(node, "true");
    } else if (ts.isStringLiteralLike(node) || ts.isTemplateExpression(node)) {
      add(node, node.getText(source).length > 2 ? '""' : '"mutant"');
    } else if (ts.isPropertyAccessExpression(node) && /^Math\.(?:min|max)$/.test(node.getText(source))) {
      add(node, node.name.text === "min" ? "Math.max" : "Math.min");
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return mutants;
}

/** Variants of a regular expression without one of its alternatives, its flags or its anchors. */
function regexMutants(literal: string): string[] {
  const end = literal.lastIndexOf("/");
  const [body, flags] = [literal.slice(1, end), literal.slice(end + 1)];
  const alternatives = topLevelAlternatives(body);
  const without =
    alternatives.length < 2 ? [] : alternatives.map((_, i) => alternatives.toSpliced(i, 1).join("|"));
  return [
    ...without.map((one) => `/${one}/${flags}`),
    ...(flags === "" ? [] : [`/${body}/`]),
    ...(body.startsWith("^") ? [`/${body.slice(1)}/${flags}`] : []),
  ];
}

function topLevelAlternatives(body: string): string[] {
  const parts = [""];
  let depth = 0;
  for (const token of body.match(/\\.|\[(?:\\.|[^\]])*\]|./gs) ?? []) {
    if (token === "(") depth += 1;
    if (token === ")") depth -= 1;
    if (token === "|" && depth === 0) parts.push("");
    else parts[parts.length - 1] += token;
  }
  return parts;
}

function apply(text: string, { start, end, replacement }: Mutant): string {
  return text.slice(0, start) + replacement + text.slice(end);
}

/** Runs in the child: tests each mutant from number `first` on, and reports each result to the parent. */
async function work({ module, tests }: Subject, first: number): Promise<void> {
  // Mocha adds listeners in each round.
  process.setMaxListeners(0);
  const url = pathToFileURL(resolve(module)).href;
  const text = readFileSync(module, "utf8");
  let source = text;
  // Each mutant's number is part of the URL of every project file, so that all of them are loaded anew.
  registerHooks({
    resolve(specifier, context, next) {
      const resolved = next(specifier, context);
      const round = /\?round=-?\d+$/.exec(context.parentURL ?? "")?.[0];
      const ours = resolved.url.startsWith("file:") && !resolved.url.includes("/node_modules/");
      return round && ours ? { ...resolved, url: resolved.url + round } : resolved;
    },
    load(address, context, next) {
      return address.startsWith(`${url}?`)
        ? { format: "module-typescript", source, shortCircuit: true }
        : next(address, context);
    },
  });
  const mutants = mutantsOf(text);
  // The first round tests the original module: if that fails, the results mean nothing.
  for (let round = first; round < mutants.length; round += 1) {
    const mutant = mutants[round];
    source = mutant ? apply(text, mutant) : text;
    process.send?.({ round, noticed: await testsFail(tests, round) });
  }
  process.disconnect?.();
}

async function testsFail(tests: string[], round: number): Promise<boolean> {
  const mocha = new Mocha({ reporter: class {} as never, bail: true, timeout: PATIENCE_MS });
  mocha.suite.emit("pre-require", globalThis, "", mocha);
  try {
    for (const test of tests) await import(`${pathToFileURL(resolve(test)).href}?round=${round}`);
  } catch {
    return true;
  }
  return new Promise((done) => mocha.run((failures) => done(failures > 0)));
}

/** How a mutant ended: a test failed, its time ran out, the process crashed, or no test noticed it. */
type Fate = "killed" | "timed out" | "crashed" | "survived";

/** The round that tests the original module. */
const BASELINE = -1;

/** Runs in the parent: collects the result of each mutant. */
async function fatesOf(subject: Subject, count: number): Promise<Fate[]> {
  const fates: Fate[] = [];
  let next = BASELINE;
  while (next < count) {
    const first = next;
    const end = await runRounds(subject, first, (round, noticed) => {
      if (round === BASELINE && noticed) throw new Error(`the tests of ${subject.module} fail as it is`);
      if (round !== BASELINE) fates[round] = noticed ? "killed" : "survived";
      next = round + 1;
    });
    // Without this check, a broken start would count as a noticed mutant, and the result would be 100 %.
    if (next === BASELINE)
      throw new Error(`the tests of ${subject.module} did not end as it is: the process has ${end}`);
    if (next < count) {
      if (end === "ended") throw new Error(`the tests of ${subject.module} ended before mutant ${next}`);
      fates[next] = end;
      next += 1;
    }
  }
  return fates;
}

/** Runs one child from round `first` on, as far as it gets. */
function runRounds(
  { module }: Subject,
  first: number,
  onRound: (round: number, noticed: boolean) => void,
): Promise<"ended" | "timed out" | "crashed"> {
  return new Promise((resolve, reject) => {
    const child = fork(import.meta.filename, [module, String(first)], { stdio: "inherit" });
    let isOutOfTime = false;
    const wait = () =>
      setTimeout(() => {
        isOutOfTime = true;
        child.kill("SIGKILL");
      }, PATIENCE_MS);
    let patience = wait();
    child.on("message", ({ round, noticed }: { round: number; noticed: boolean }) => {
      clearTimeout(patience);
      patience = wait();
      try {
        onRound(round, noticed);
      } catch (error) {
        child.kill("SIGKILL");
        reject(error);
      }
    });
    child.on("exit", (code) => {
      clearTimeout(patience);
      resolve(isOutOfTime ? "timed out" : code === 0 ? "ended" : "crashed");
    });
  });
}

const [asked, first] = process.argv.slice(2);
if (process.send && asked !== undefined && first !== undefined) {
  await work(SUBJECTS.find(({ module }) => module === asked) as Subject, Number(first));
} else {
  for (const subject of SUBJECTS) {
    const text = readFileSync(subject.module, "utf8");
    const mutants = mutantsOf(text);
    const fates = await fatesOf(subject, mutants.length);
    for (const [number, fate] of fates.entries()) {
      if (fate !== "survived") continue;
      const { start, end, replacement } = mutants[number] as Mutant;
      const line = text.slice(0, start).split("\n").length;
      console.log(
        `survived: ${subject.module}:${line}  ${text.slice(start, end)}  →  ${replacement || "nothing"}`,
      );
    }
    const count = (fate: Fate) => fates.filter((one) => one === fate).length;
    const noticed = mutants.length - count("survived");
    const score = (100 * noticed) / mutants.length;
    console.log(
      `${subject.module}: ${noticed} of ${mutants.length} mutants noticed, ${score.toFixed(1)} % (${count("killed")} killed, ${count("timed out")} timed out, ${count("crashed")} crashed)`,
    );
    if (score < THRESHOLD) process.exitCode = 1;
  }
}
