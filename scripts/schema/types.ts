import { isDeepStrictEqual } from "node:util";
import ts from "typescript";
import { type EnumSpec, type ObjectSpec, type PropertySpec, type TypeSpec, token } from "./spec.ts";

const ANY: TypeSpec = { $ref: "pulumi.json#/Any" };
/**
 * TypeScript has one type for all numbers; all others here are integers. A byte count overflows the integers
 * of Java and C#.
 */
const FRACTIONS = new Set(["factor", "jitter", "seconds", "size"]);
/** Types that only describe when or how a value arrives. */
const WRAPPERS = new Set(["Input", "Output", "Promise"]);

/**
 * Translates documented TypeScript types into Pulumi's schema, and collects the named types they refer to.
 */
export class Types {
  readonly named: Record<string, ObjectSpec | EnumSpec> = {};
  readonly #checker: ts.TypeChecker;

  constructor(checker: ts.TypeChecker) {
    this.#checker = checker;
  }

  /** The properties of an interface, including inherited ones. */
  object(type: ts.Type, owner: string): ObjectSpec {
    const properties: Record<string, PropertySpec> = {};
    const required: string[] = [];
    for (const symbol of this.#checker.getPropertiesOfType(type)) {
      const declaration = symbol.valueDeclaration;
      if (!declaration || !ts.isPropertySignature(declaration) || !declaration.type) {
        throw new Error(`${owner}.${symbol.name} is not declared as a property with a type`);
      }
      properties[symbol.name] = this.property(symbol, declaration.type, ownerOf(declaration) ?? owner);
      if (!declaration.questionToken && !allowsUndefined(declaration.type)) required.push(symbol.name);
    }
    return { type: "object", properties, required: required.sort() };
  }

  property(symbol: ts.Symbol, type: ts.TypeNode, owner: string): PropertySpec {
    return { ...this.description(symbol), ...this.type(type, owner, symbol.name) };
  }

  description(symbol: ts.Symbol): { description?: string } {
    const text = ts.displayPartsToString(symbol.getDocumentationComment(this.#checker));
    return text === "" ? {} : { description: reflowed(text) };
  }

  /** The schema of a property's type. An unnamed type is named after its interface and property. */
  type(node: ts.TypeNode, owner: string, name: string): TypeSpec {
    if (ts.isParenthesizedTypeNode(node)) return this.type(node.type, owner, name);
    if (ts.isArrayTypeNode(node))
      return { type: "array", items: this.type(node.elementType, owner, name.replace(/s$/, "")) };
    if (ts.isUnionTypeNode(node)) return this.#union(node, owner, name);
    if (ts.isTypeReferenceNode(node)) return this.#reference(node, owner, name);
    if (ts.isTypeLiteralNode(node))
      return this.#name(owner + pascal(name), this.#checker.getTypeFromTypeNode(node));
    switch (node.kind) {
      case ts.SyntaxKind.StringKeyword:
        return { type: "string" };
      case ts.SyntaxKind.BooleanKeyword:
        return { type: "boolean" };
      case ts.SyntaxKind.NumberKeyword:
        return { type: FRACTIONS.has(name) ? "number" : "integer" };
      case ts.SyntaxKind.UnknownKeyword:
        return ANY;
      default:
        throw new Error(`${owner}.${name}: no translation for the type ${node.getText()}`);
    }
  }

  #reference(node: ts.TypeReferenceNode, owner: string, name: string): TypeSpec {
    const [first, second] = node.typeArguments ?? [];
    const called = ts.isQualifiedName(node.typeName) ? node.typeName.right.text : node.typeName.text;
    if (WRAPPERS.has(called) && first) return this.type(first, owner, name);
    if (called === "Record" && second)
      return { type: "object", additionalProperties: this.type(second, owner, name) };
    if (called === "Asset" || called === "Archive") return { $ref: `pulumi.json#/${called}` };
    if (called === "InstanceRef" || called === "InstanceResource") return instanceOf(owner);
    const type = this.#checker.getTypeFromTypeNode(node);
    const declaration = (type.aliasSymbol ?? type.symbol)?.declarations?.[0];
    if (declaration && ts.isInterfaceDeclaration(declaration)) {
      return this.#name(declaration.name.text.replace(/Args$/, ""), type);
    }
    if (declaration && ts.isTypeAliasDeclaration(declaration))
      return this.type(declaration.type, owner, name);
    throw new Error(`${owner}.${name}: no translation for the type ${node.getText()}`);
  }

  #union(node: ts.UnionTypeNode, owner: string, name: string): TypeSpec {
    const parts = node.types.filter((part) => part.kind !== ts.SyntaxKind.UndefinedKeyword);
    const texts = parts.flatMap((part) =>
      ts.isLiteralTypeNode(part) && ts.isStringLiteral(part.literal) ? [part.literal.text] : [],
    );
    if (texts.length === parts.length) return this.#enum(owner + pascal(name), texts, node);
    const specs = parts.map((part) => this.type(part, owner, name));
    if (specs.length === 1) return specs[0] as TypeSpec;
    // Pulumi's Python SDK cannot serialise a union that holds a list or a map (pulumi/pulumi#6950, #17181).
    const isPlain = specs.every(
      ({ $ref, type }) => $ref !== ANY.$ref && type !== "array" && type !== "object",
    );
    return isPlain ? { oneOf: specs } : ANY;
  }

  #name(name: string, type: ts.Type): TypeSpec {
    const symbol = type.aliasSymbol ?? type.symbol;
    return this.#refer(name, { ...this.description(symbol), ...this.object(type, name) });
  }

  #enum(name: string, values: readonly string[], node: ts.Node): TypeSpec {
    const property = ts.findAncestor(node, ts.isPropertySignature);
    const symbol = property && this.#checker.getSymbolAtLocation(property.name);
    const { description = "" } = symbol ? this.description(symbol) : {};
    const described = values.map((value) => {
      const [, meaning] =
        new RegExp(`\`${value}\`(?: \\(default\\))?: ([^\`\\n]*?)[.;,]?\\s*(?=\`|\\n|$)`).exec(description) ??
        [];
      return meaning ? { value, description: meaning } : { value };
    });
    return this.#refer(name, { type: "string", enum: described });
  }

  /** The first one counts: the outputs' type repeats that of the arguments, with less documentation. */
  #refer(name: string, spec: ObjectSpec | EnumSpec): TypeSpec {
    this.named[name] ??= spec;
    if (!isDeepStrictEqual(membersOf(this.named[name]), membersOf(spec)))
      throw new Error(`two types are named ${name}`);
    return { $ref: `#/types/${token(name)}` };
  }
}

const membersOf = (spec: ObjectSpec | EnumSpec) =>
  "enum" in spec ? spec.enum.map(({ value }) => value) : Object.keys(spec.properties);

/**
 * An instance is given by name, or as its resource. Pulumi's SDK for Node.js cannot compile a resource that
 * takes one of its own kind.
 */
const instanceOf = (owner: string): TypeSpec => ({
  oneOf: [
    { type: "string" },
    ...["Instance", "Clone"]
      .filter((name) => name !== owner)
      .map((name) => ({ $ref: `#/resources/${token(name)}` })),
  ],
});

const pascal = (name: string) => name.charAt(0).toUpperCase() + name.slice(1);

/** The interface that declares a property, possibly a parent of the given one. */
function ownerOf(declaration: ts.PropertySignature): string | undefined {
  const { parent } = declaration;
  return ts.isInterfaceDeclaration(parent) ? parent.name.text.replace(/Args$/, "") : undefined;
}

const allowsUndefined = (node: ts.TypeNode): boolean =>
  ts.isUnionTypeNode(node) && node.types.some((part) => part.kind === ts.SyntaxKind.UndefinedKeyword);

/**
 * Joins each paragraph and list entry into one line, without the tags that only TypeScript tools understand.
 */
function reflowed(text: string): string {
  return text
    .replace(/\{@link (\w+) ?\}/g, "`$1`")
    .replace(/(?<!\n)\n(?!\n|- )/g, " ")
    .trim();
}
