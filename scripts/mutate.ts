/**
 * Mutation testing of the most critical modules: `npm run mutation`.
 *
 * Makes one small mistake at a time in a module and runs the module's tests. A mistake that no test notices
 * reveals untested code. A tool with 150 packages does this for any project; for a few modules this file is
 * enough, and takes seconds. Node.js gets each mutant in place of the file, without a process of its own.
 */
import { fork } from "node:child_process";
import { once } from "node:events";
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
  for (let round = first; round < mutants.length; round += 1) {
    const mutant = mutants[round];
    source = mutant ? apply(text, mutant) : text;
    const noticed = await testsFail(tests, round);
    if (!mutant && noticed) throw new Error(`the tests of ${module} fail as it is`);
    process.send?.({ round, noticed });
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

/** The round that tests the original module. If that fails, the results mean nothing. */
const BASELINE = -1;

/** Runs in the parent: whether the tests notice each mutant. One that hangs or crashes is noticed as well. */
async function noticedOf({ module }: Subject, count: number): Promise<boolean[]> {
  const all: boolean[] = [];
  let next = BASELINE;
  while (next < count) {
    const child = fork(import.meta.filename, [module, String(next)], { stdio: "inherit" });
    const patience = setTimeout(() => child.kill("SIGKILL"), PATIENCE_MS);
    child.on("message", ({ round, noticed }: { round: number; noticed: boolean }) => {
      patience.refresh();
      if (round !== BASELINE) all[round] = noticed;
      next = round + 1;
    });
    const [code] = await once(child, "exit");
    clearTimeout(patience);
    // Without this check, a broken start would count as a noticed mutant, and the result would be 100 %.
    if (next === BASELINE || (next < count && code === 0))
      throw new Error(`the tests of ${module} did not get past round ${next}`);
    if (next < count) all[next++] = true;
  }
  return all;
}

const [asked, first] = process.argv.slice(2);
if (process.send && asked !== undefined && first !== undefined) {
  await work(SUBJECTS.find(({ module }) => module === asked) as Subject, Number(first));
} else {
  for (const subject of SUBJECTS) {
    const text = readFileSync(subject.module, "utf8");
    const mutants = mutantsOf(text);
    const noticed = await noticedOf(subject, mutants.length);
    for (const [number, { start, end, replacement }] of mutants.entries()) {
      if (noticed[number]) continue;
      const line = text.slice(0, start).split("\n").length;
      console.log(
        `survived: ${subject.module}:${line}  ${text.slice(start, end)}  →  ${replacement || "nothing"}`,
      );
    }
    const count = noticed.filter(Boolean).length;
    const score = (100 * count) / mutants.length;
    console.log(`${subject.module}: ${count} of ${mutants.length} mutants noticed, ${score.toFixed(1)} %`);
    if (score < THRESHOLD) process.exitCode = 1;
  }
}
