import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import ts from "typescript";
import { repository } from "./blocks.ts";

const sources = join(repository, "provider");

/** The picture's source, in Mermaid's notation. */
const picture =
  readFileSync(join(repository, "ARCHITECTURE.md"), "utf8").match(/```mermaid\n(.*?)```/s)?.[1] ?? "";

/** Names of folders and files of `provider/` by their node in the picture. */
const rooms = new Map(
  [...picture.matchAll(/\b([A-Z]+)\[([a-z][^\]]*)\]/g)].map(([, node = "", text = ""]) => [
    node,
    text.split("<br/>"),
  ]),
);

/** The solid arrows between rooms, as `from → to`. `A & B --> C` stands for two arrows. */
function drawn(): string[] {
  const arrows = picture.split("\n").flatMap((line) => {
    const nodes = line
      .replaceAll(/\[+[^\]]*\]+|\[\([^)]*\)\]/g, "")
      .split(/ -->(?:\|[^|]*\|)? /)
      .map((part) => part.trim().split(" & "));
    return nodes
      .slice(1)
      .flatMap((to, index) =>
        (nodes[index] ?? []).flatMap((one) => to.map((other) => [one, other] as const)),
      );
  });
  return arrows
    .filter(([from, to]) => rooms.has(from) && rooms.has(to))
    .map(([from, to]) => `${from} → ${to}`);
}

/** The node of a file, which is the one that names its innermost folder. */
function nodeOf(file: string): string {
  const places = [...rooms].flatMap(([node, names]) => names.map((name) => ({ node, name })));
  const found = places
    .filter(({ name }) => file === name || (name.endsWith("/") && file.startsWith(name)))
    .sort((one, other) => other.name.length - one.name.length)[0];
  assert.ok(found, `${file} is in no room of the picture`);
  return found.node;
}

function imported(): string[] {
  const files = globSync("**/*.ts", { cwd: sources }).map((file) => file.replaceAll("\\", "/"));
  return files.flatMap((file) => {
    const { importedFiles } = ts.preProcessFile(readFileSync(join(sources, file), "utf8"));
    return importedFiles
      .map(({ fileName }) => fileName)
      .filter((name) => name.startsWith("."))
      .map((name) => `${nodeOf(file)} → ${nodeOf(join(dirname(file), name).replaceAll("\\", "/"))}`);
  });
}

describe("the picture in ARCHITECTURE.md", () => {
  it("has an arrow for each import between two rooms, and no other arrow", () => {
    const crossing = new Set(imported().filter((arrow) => arrow.split(" → ")[0] !== arrow.split(" → ")[1]));
    assert.deepEqual(drawn().sort(), [...crossing].sort());
  });
});
