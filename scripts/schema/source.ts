import { join, resolve } from "node:path";
import ts from "typescript";

export const repository = resolve(import.meta.dirname, "../..");

/** A resource, as declared by its class and its arguments. */
export type ResourceSource = ReturnType<Source["resources"]>[number];

export type FunctionSource = ReturnType<Source["functions"]>[number];

/** Code in a docstring, with the sentence above it. */
export interface Example {
  title: string;
  code: string;
}

/** The package's public types, as read by TypeScript's compiler. */
export class Source {
  readonly checker: ts.TypeChecker;
  readonly #exports: ts.Symbol[];
  readonly #program: ts.Program;

  constructor() {
    const { config } = ts.readConfigFile(join(repository, "tsconfig.json"), ts.sys.readFile);
    const { options } = ts.parseJsonConfigFileContent(config, ts.sys, repository);
    const files = ["provider/index.ts", "provider/resources/provider.ts"].map((file) =>
      join(repository, file),
    );
    this.#program = ts.createProgram(files, options);
    this.checker = this.#program.getTypeChecker();
    this.#exports = this.#exportsOf("provider/index.ts").map((symbol) =>
      symbol.flags & ts.SymbolFlags.Alias ? this.checker.getAliasedSymbol(symbol) : symbol,
    );
  }

  /** Classes that are a provider's resources, not components. */
  resources() {
    return this.#exports
      .flatMap((symbol) => {
        const declaration = symbol.declarations?.find(ts.isClassDeclaration);
        if (!declaration || !this.#isCustomResource(this.checker.getTypeAtLocation(declaration))) return [];
        const args = declaration.members.find(ts.isConstructorDeclaration)?.parameters[1]?.type;
        if (!args) throw new Error(`${symbol.name} has no arguments`);
        return {
          name: symbol.name,
          symbol,
          args: this.checker.getTypeFromTypeNode(args),
          outputs: this.#outputs(declaration),
          secrets: secretOutputs(declaration),
          examples: examplesOf(declaration),
        };
      })
      .sort(byName);
  }

  /** Lookups, without their variants for Pulumi outputs, which SDKs generate on their own. */
  functions() {
    const names = new Set(this.#exports.map(({ name }) => name));
    return this.#exports
      .flatMap((symbol) => {
        const declaration = symbol.declarations?.find(ts.isFunctionDeclaration);
        const args = declaration?.parameters[0]?.type;
        const promise = declaration?.type;
        const isVariant = names.has(symbol.name.replace(/Output$/, "")) && symbol.name.endsWith("Output");
        if (!declaration?.getSourceFile().fileName.endsWith("/lookups.ts") || isVariant) return [];
        if (!declaration || !args || !promise || !ts.isTypeReferenceNode(promise)) {
          throw new Error(`${symbol.name} does not declare its arguments and its promise`);
        }
        return {
          name: symbol.name,
          symbol,
          args: this.checker.getTypeFromTypeNode(args),
          result: promise.typeArguments?.[0] as ts.TypeNode,
          examples: examplesOf(declaration),
        };
      })
      .sort(byName);
  }

  /** The provider's configuration. */
  provider(): ts.Symbol {
    const symbol = this.#exportsOf("provider/resources/provider.ts").find(
      ({ name }) => name === "ProviderArgs",
    );
    if (!symbol) throw new Error("provider/resources/provider.ts does not declare ProviderArgs");
    return symbol;
  }

  #exportsOf(file: string): ts.Symbol[] {
    const source = this.#program.getSourceFile(join(repository, file));
    const module = source && this.checker.getSymbolAtLocation(source);
    if (!module) throw new Error(`${file} exports nothing`);
    return this.checker.getExportsOfModule(module);
  }

  #isCustomResource(type: ts.BaseType): boolean {
    if (type.symbol?.name === "CustomResource") return true;
    return (
      type.isClassOrInterface() &&
      this.checker.getBaseTypes(type).some((base) => this.#isCustomResource(base))
    );
  }

  #outputs(declaration: ts.ClassDeclaration): { symbol: ts.Symbol; type: ts.TypeNode }[] {
    // A getter is an output that the Node.js package works out itself, and the plugin for other languages.
    return declaration.members.flatMap((member) => {
      if (!ts.isPropertyDeclaration(member) && !ts.isGetAccessorDeclaration(member)) return [];
      const symbol = this.checker.getSymbolAtLocation(member.name);
      return symbol && member.type ? [{ symbol, type: member.type }] : [];
    });
  }
}

const byName = (a: { name: string }, b: { name: string }) => (a.name < b.name ? -1 : 1);

/** The names in `additionalSecretOutputs` of a class's constructor. */
function secretOutputs(declaration: ts.ClassDeclaration): string[] {
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isPropertyAssignment(node) && node.name.getText() === "additionalSecretOutputs") {
      ts.forEachChild(node.initializer, (part) => {
        if (ts.isStringLiteral(part)) found.push(part.text);
      });
    }
    ts.forEachChild(node, visit);
  };
  visit(declaration);
  return found;
}

function examplesOf(declaration: ts.Node): Example[] {
  return ts
    .getJSDocTags(declaration)
    .filter(({ tagName }) => tagName.text === "example")
    .map((tag) => {
      const text = ts.getTextOfJSDocComment(tag.comment) ?? "";
      const [, title = "", code = ""] = /^([\s\S]*?)```ts\n([\s\S]*?)```/.exec(text) ?? [];
      return { title: title.trim().replace(/:$/, ""), code };
    });
}
