import assert from "node:assert/strict";
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { execa } from "execa";
import ts from "typescript";
import { checkFaultPlan } from "../../simulator/src/fault-plan.ts";
import { withHosts } from "../e2e/hosts-lab.ts";
import { engineStack } from "../engine/index.ts";
import { blocks, dataBlocks, examples, FILES, program, repository } from "./blocks.ts";

const all = blocks();
const fileOf = (where: string) => `${where.replace(/\W+/g, "-")}.ts`;

const ENGINE = { name: "test engine", open: engineStack };

describe("the code in README and docs", () => {
  it("is there", () => assert.ok(all.length >= 10, `${all.length} blocks`));

  for (const { where, code } of dataBlocks()) {
    it(`is a fault plan that the simulator takes (${where})`, () => {
      checkFaultPlan(JSON.parse(code));
    });
  }

  it("passes the type checker, as do the examples in docstrings", () => {
    const checkable = [...all.filter(({ excerpt }) => !excerpt), ...examples()];
    const dir = realpathSync(mkdtempSync(join(tmpdir(), "multipass-docs-")));
    try {
      symlinkSync(join(repository, "node_modules"), join(dir, "node_modules"));
      writeFileSync(join(dir, "package.json"), JSON.stringify({ name: "docs", type: "module" }));
      for (const block of checkable) writeFileSync(join(dir, fileOf(block.where)), program(block));
      const checked = ts.createProgram(
        checkable.map(({ where }) => join(dir, fileOf(where))),
        {
          target: ts.ScriptTarget.ES2023,
          lib: ["lib.es2024.d.ts"],
          module: ts.ModuleKind.NodeNext,
          moduleResolution: ts.ModuleResolutionKind.NodeNext,
          types: ["node", "mocha"],
          strict: true,
          skipLibCheck: true,
          noEmit: true,
          allowImportingTsExtensions: true,
          paths: {
            "pulumi-multipass": [join(repository, "provider/index.ts")],
            "multipass-simulator": [join(repository, "simulator/src/index.ts")],
          },
        },
      );
      const host = {
        getCanonicalFileName: (f: string) => f,
        getCurrentDirectory: () => dir,
        getNewLine: () => "\n",
      };
      const found = ts.getPreEmitDiagnostics(checked).filter(({ file }) => file?.fileName.startsWith(dir));
      assert.equal(ts.formatDiagnostics(found, host), "");
    } finally {
      rmSync(dir, { recursive: true, force: true });
    }
  });

  for (const { where, code, excerpt } of all) {
    if (!excerpt) continue;
    it(`is the same in ${excerpt} (${where})`, () => {
      const trimmed = (text: string) => text.replace(/^ +/gm, "");
      assert.ok(trimmed(readFileSync(join(repository, excerpt), "utf8")).includes(trimmed(code)), code);
    });
  }

  for (const block of all.filter((one) => !one.excerpt && !one.alone)) {
    const guestCommands = block.programs.map((name) => ({ match: `^(?:sudo )?${name}\\b` }));
    const simulator = { faults: { guestCommands } };
    it(`of ${block.where} deploys on a simulated host [long]`, () =>
      withHosts(ENGINE, { simulator }, block.hosts, async ({ dir, sim, stack }) => {
        for (const name of block.machines) await execa(sim.bin, ["launch", "--name", name]);
        for (const [name, text] of Object.entries(FILES)) writeFileSync(join(dir, name), text);
        writeFileSync(join(dir, "index.ts"), program(block));
        const result = await stack.up();
        assert.ok(result.ok, result.text);
      }));
  }
});

describe("the pages", () => {
  const top = [
    "README.md",
    "ARCHITECTURE.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
    "CODE_OF_CONDUCT.md",
    "examples/README.md",
    "simulator/README.md",
  ];
  const docs = readdirSync(join(repository, "docs"), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".md") && !name.startsWith(".vitepress"))
    .map((name) => `docs/${name.replaceAll("\\", "/")}`);
  const targets = (page: string) =>
    [...read(page).matchAll(/\]\((?!https?:|mailto:|#)([^)#\s]+)/g)].map(([, target = ""]) =>
      join(dirname(page), target),
    );

  it("link to what exists", () => {
    const broken = [...top, ...docs].flatMap((page) =>
      targets(page)
        .filter((target) => !existsSync(join(repository, target)))
        .map((target) => `${page} → ${target}`),
    );
    assert.deepEqual(broken, []);
  });

  it("are all reached from README.md", () => {
    const reached = new Set(["README.md"]);
    for (const page of reached) {
      for (const target of targets(page))
        if (target.endsWith(".md")) reached.add(target.replaceAll("\\", "/"));
    }
    assert.deepEqual(
      docs.filter((page) => !reached.has(page)),
      [],
    );
  });

  it("links to a heading that exists", () => {
    const broken = [...top, ...docs].flatMap((page) =>
      [...read(page).matchAll(/\]\((?!https?:|mailto:)([^)#\s]*)#([^)\s]+)\)/g)]
        .filter(([, target = "", id]) => {
          const path = target === "" ? page : join(dirname(page), target);
          return path.endsWith(".md") && !headingIds(read(path)).includes(id ?? "");
        })
        .map(([link]) => `${page} → ${link}`),
    );
    assert.deepEqual(broken, []);
  });

  it("name every output of an Instance", () => {
    const [, table = ""] = /\n## Outputs\n([\s\S]*?)\n##/.exec(read("docs/instance.md")) ?? [];
    const named = [...table.matchAll(/^\| (`.*?`) \|/gm)].flatMap(
      ([, cell = ""]) => cell.match(/\w+/g) ?? [],
    );
    const source = read("provider/resources/instance.ts");
    const declared = [...source.matchAll(/^ {2}(?:declare readonly|get) (\w+)/gm)].map(([, name]) => name);
    assert.deepEqual(named.toSorted(), declared.toSorted());
  });

  it("repeat the benchmark's figure of the boot race", () => {
    const [, measured] =
      /accepted ([\d.]+) s after the network comes up/.exec(read("docs/benchmarks.md")) ?? [];
    const [, told] = /accepted ([\d.]+) s after the network came up/.exec(read("README.md")) ?? [];
    assert.equal(told, measured);
  });

  it("describe the arguments of an Instance in the order of their declaration", () => {
    const argumentsIn = (file: string, type: string) => {
      const body = new RegExp(`^export interface ${type} .*\\{$([\\s\\S]*?)^\\}`, "m");
      const [, declared = ""] = body.exec(read(`provider/resources/${file}`)) ?? [];
      return [...declared.matchAll(/^ {2}(\w+)\??:/gm)].map(([, name]) => name);
    };
    const [, table = ""] = /\n## Arguments\n([\s\S]*?)\n##/.exec(read("docs/instance.md")) ?? [];
    assert.deepEqual(
      [...table.matchAll(/^\| `(\w+)` \|/gm)].map(([, name]) => name),
      [...argumentsIn("instance.ts", "InstanceArgs"), ...argumentsIn("base.ts", "ResourceArgs")],
    );
  });
});

const read = (page: string) => readFileSync(join(repository, page), "utf8");

/** As GitHub makes them; the site's are configured to be the same. */
function headingIds(page: string): string[] {
  const withoutCode = page.replace(/^```[\s\S]*?^```$/gm, "");
  return [...withoutCode.matchAll(/^#+ (.*)$/gm)].map(([, title = ""]) => slug(title));
}

const slug = (title: string) =>
  title
    .toLowerCase()
    .replace(/\[([^\]]*)\]\([^)]*\)/g, "$1")
    .replace(/[^\p{L}\p{N}\s_-]/gu, "")
    .trim()
    .replaceAll(" ", "-");
