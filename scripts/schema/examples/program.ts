import ts from "typescript";

/** A value of an example's program. */
export type Value =
  | { kind: "literal"; value: string | number | boolean }
  | { kind: "list"; items: Value[] }
  | { kind: "map"; entries: [key: string, value: Value][] }
  /** A resource, or one of its outputs. */
  | { kind: "resource"; variable: string; type: string; output?: string }
  | { kind: "config"; key: string; method: "get" | "require" | "requireSecret" };

export type ValueMap = Extract<Value, { kind: "map" }>;

/** A step of an example's program. */
export type Step =
  | {
      kind: "create";
      variable: string;
      type: string;
      name: string;
      args: ValueMap;
      options: [name: string, values: Value[]][];
    }
  | { kind: "call"; variable: string; function: string; args: ValueMap }
  | { kind: "export"; name: string; value: Value };

/** Resource options that an example may use. */
const OPTIONS = ["dependsOn", "additionalSecretOutputs"];

/** Names that an example may use without declaring them. */
const AROUND: Record<string, string> = {
  vm: 'const vm = new multipass.Instance("vm");',
  server: 'const server = new multipass.Instance("server");',
  ready: 'const ready = new multipass.Snapshot("ready", { instance: vm });',
  setup: 'const setup = new multipass.Command("setup", { instance: vm, create: ["true"] });',
  release: 'const release = config.require("release");',
};

/**
 * Parses an example in TypeScript.
 *
 * @throws if it contains anything but resources, lookups and exports; its author must rewrite it
 */
export function programOf(code: string): Step[] {
  const complete = completed(code);
  const source = ts.createSourceFile("example.ts", complete, ts.ScriptTarget.Latest, true);
  const reader = new Reader();
  return source.statements.flatMap((statement) => reader.steps(statement));
}

function completed(code: string): string {
  const needed = Object.entries(AROUND).filter(
    ([name]) => new RegExp(`\\b${name}\\b(?!["':])`).test(code) && !code.includes(`const ${name} `),
  );
  // Adds the last one first, because the names that it needs must come before it.
  const last = needed.at(-1);
  return last ? completed(`${last[1]}\n${code}`) : code;
}

class Reader {
  readonly #resources = new Map<string, { type: string; output?: string }>();
  readonly #config = new Map<string, Value>();

  steps(statement: ts.Statement): Step[] {
    if (ts.isImportDeclaration(statement)) return [];
    if (ts.isExpressionStatement(statement)) return this.#assigned(undefined, statement.expression);
    if (!ts.isVariableStatement(statement)) throw new Error(`not for an example: ${statement.getText()}`);
    const [declaration] = statement.declarationList.declarations;
    if (!declaration?.initializer) throw new Error(`not for an example: ${statement.getText()}`);
    const exported = statement.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword);
    const name = ts.isIdentifier(declaration.name) ? declaration.name.text : undefined;
    if (exported && name !== undefined) {
      return [{ kind: "export", name, value: this.#value(declaration.initializer) }];
    }
    return this.#assigned(name, declaration.initializer);
  }

  #assigned(variable: string | undefined, expression: ts.Expression): Step[] {
    const created = ts.isPropertyAccessExpression(expression) ? expression.expression : expression;
    if (ts.isNewExpression(created) && created.expression.getText().startsWith("multipass.")) {
      const step = this.#resource(variable, created);
      const output =
        created === expression ? {} : { output: (expression as ts.PropertyAccessExpression).name.text };
      if (variable !== undefined) this.#resources.set(variable, { type: step.type, ...output });
      return [step];
    }
    const call = callIn(expression);
    if (call) {
      const args = call.arguments[0] ? this.#map(call.arguments[0]) : { kind: "map" as const, entries: [] };
      return [{ kind: "call", variable: variable ?? "found", function: nameOf(call), args }];
    }
    if (variable === undefined) throw new Error(`not for an example: ${expression.getText()}`);
    this.#config.set(variable, this.#value(expression));
    return [];
  }

  #resource(variable: string | undefined, created: ts.NewExpression): Extract<Step, { kind: "create" }> {
    const [name, args, options] = created.arguments ?? [];
    if (!name || !ts.isStringLiteral(name)) throw new Error(`not for an example: ${created.getText()}`);
    const given = options ? this.#map(options).entries : [];
    return {
      kind: "create",
      variable:
        variable ?? name.text.replace(/[^a-zA-Z0-9]+(.)/g, (_, letter: string) => letter.toUpperCase()),
      type: created.expression.getText().replace("multipass.", ""),
      name: name.text,
      args: args ? this.#map(args) : { kind: "map", entries: [] },
      options: given.map(([key, value]) => {
        if (!OPTIONS.includes(key)) throw new Error(`not for an example: the option ${key}`);
        return [key, value.kind === "list" ? value.items : [value]];
      }),
    };
  }

  #map(node: ts.Expression): ValueMap {
    const value = this.#value(node);
    if (value.kind !== "map") throw new Error(`not for an example: ${node.getText()}`);
    return value;
  }

  #value(node: ts.Expression): Value {
    if (ts.isStringLiteralLike(node)) return { kind: "literal", value: node.text };
    if (ts.isNumericLiteral(node)) return { kind: "literal", value: Number(node.text) };
    if (node.kind === ts.SyntaxKind.TrueKeyword) return { kind: "literal", value: true };
    if (node.kind === ts.SyntaxKind.FalseKeyword) return { kind: "literal", value: false };
    if (ts.isArrayLiteralExpression(node)) {
      return { kind: "list", items: node.elements.map((element) => this.#value(element)) };
    }
    if (ts.isObjectLiteralExpression(node))
      return { kind: "map", entries: node.properties.map((one) => this.#entry(one)) };
    if (ts.isIdentifier(node)) return this.#named(node.text);
    if (ts.isPropertyAccessExpression(node) && ts.isIdentifier(node.expression)) {
      const resource = this.#named(node.expression.text);
      if (resource.kind === "resource") return { ...resource, output: node.name.text };
    }
    if (ts.isCallExpression(node)) {
      const [, method, key] = /\.(get|require|requireSecret)\("([^"]+)"\)$/.exec(node.getText()) ?? [];
      if (key !== undefined) return { kind: "config", key, method: method as "get" };
    }
    throw new Error(`not for an example: ${node.getText()}`);
  }

  #entry(property: ts.ObjectLiteralElementLike): [string, Value] {
    if (ts.isShorthandPropertyAssignment(property))
      return [property.name.text, this.#named(property.name.text)];
    if (!ts.isPropertyAssignment(property)) throw new Error(`not for an example: ${property.getText()}`);
    const name = ts.isStringLiteral(property.name) ? property.name.text : property.name.getText();
    return [name, this.#value(property.initializer)];
  }

  #named(variable: string): Value {
    const config = this.#config.get(variable);
    if (config) return config;
    const resource = this.#resources.get(variable);
    if (resource) return { kind: "resource", variable, ...resource };
    throw new Error(`an example uses ${variable} and does not declare it`);
  }
}

function callIn(node: ts.Node): ts.CallExpression | undefined {
  if (
    ts.isCallExpression(node) &&
    /^multipass\.(?:get\w+|readFile|runOutput)$/.test(node.expression.getText())
  )
    return node;
  return ts.forEachChild(node, callIn);
}

const nameOf = (call: ts.CallExpression) => call.expression.getText().replace("multipass.", "");

/** The configuration that a program reads; each key appears once. */
export function configOf(steps: readonly Step[]): Extract<Value, { kind: "config" }>[] {
  const found = new Map<string, Extract<Value, { kind: "config" }>>();
  const visit = (value: Value): void => {
    if (value.kind === "config") found.set(value.key, value);
    if (value.kind === "list") value.items.forEach(visit);
    if (value.kind === "map") for (const [, part] of value.entries) visit(part);
  };
  for (const step of steps) visit(step.kind === "export" ? step.value : step.args);
  return [...found.values()];
}
