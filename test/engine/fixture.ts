import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  type Deployer,
  deployers,
  type NamedDeployer,
  type ResourceInfo,
  type RunOptions,
  type RunResult,
  type StackOptions,
  type StepRecord,
} from "./index.ts";

/** A resource for the fixture's program; see fixtures/program/index.js. */
export interface ThingSpec {
  name: string;
  component?: boolean;
  props?: Record<string, unknown>;
  /** Properties that come from outputs of other resources, as `name.property`. */
  from?: Record<string, string>;
  secrets?: Record<string, string>;
  dependsOn?: string[];
  parent?: string;
  deletedWith?: string;
  options?: Record<string, unknown>;
}

export interface Call {
  method: string;
  name: string;
  pid: number;
  engine: string;
  at?: number;
  olds?: boolean;
  unknown?: string[];
}

const here = dirname(fileURLToPath(import.meta.url));

/** The folder that contains @pulumi/pulumi, for programs copied elsewhere. */
const nodeModules = join(
  dirname(createRequire(import.meta.url).resolve("@pulumi/pulumi/package.json")),
  "..",
  "..",
);

/** A stack of the fixture's program in its own folder, and the world in which its resources live. */
export class Fixture {
  readonly dir: string;
  readonly stack: Deployer;
  readonly stackOptions: StackOptions;
  readonly #open: (o: StackOptions) => Promise<Deployer>;

  private constructor(
    stackOptions: StackOptions,
    stack: Deployer,
    open: (o: StackOptions) => Promise<Deployer>,
  ) {
    this.dir = stackOptions.dir;
    this.stack = stack;
    this.stackOptions = stackOptions;
    this.#open = open;
  }

  /**
   * `prepare` may change the program's folder before it is opened. Such a program runs in its own process.
   */
  static async open({ open }: NamedDeployer, prepare?: (dir: string) => void): Promise<Fixture> {
    const dir = mkdtempSync(join(tmpdir(), "pulumi-multipass-fixture-"));
    cpSync(join(here, "fixtures", "program"), dir, { recursive: true });
    symlinkSync(nodeModules, join(dir, "node_modules"));
    mkdirSync(join(dir, "world"));
    prepare?.(dir);
    const options: StackOptions = { dir, stateDir: join(dir, "state"), passphrase: "sesame" };
    if (!prepare) options.inline = "index.js";
    return new Fixture(options, await open(options), open);
  }

  /** Opens the stack again, as another process would. */
  async reopen(): Promise<Fixture> {
    return new Fixture(this.stackOptions, await this.#open(this.stackOptions), this.#open);
  }

  async close(): Promise<void> {
    await this.stack.dispose();
    rmSync(this.dir, { recursive: true, force: true });
  }

  up(resources: ThingSpec[], more: RunOptions & { outputs?: Record<string, string>; log?: string } = {}) {
    return this.stack.up(this.options(resources, more));
  }

  preview(resources: ThingSpec[], more: RunOptions & { outputs?: Record<string, string> } = {}) {
    return this.stack.preview(this.options(resources, more));
  }

  refresh(more: RunOptions = {}): Promise<RunResult> {
    return this.stack.refresh(this.options([], more));
  }

  destroy(more: RunOptions = {}): Promise<RunResult> {
    return this.stack.destroy(this.options([], more));
  }

  options(
    resources: ThingSpec[],
    { outputs, log, ...more }: RunOptions & { outputs?: Record<string, string>; log?: string },
  ): RunOptions {
    const env = {
      FIXTURE_SPEC: JSON.stringify({ resources, outputs, log }),
      FIXTURE_PROVIDER: join(here, "fixtures", "world.cjs"),
      FIXTURE_WORLD: join(this.dir, "world"),
      NODE_NO_WARNINGS: "1",
      ...more.env,
    };
    return { ...more, env };
  }

  urn(name: string, parents = ""): string {
    return `urn:pulumi:test::fixture::${parents}pulumi-nodejs:dynamic/fixture:Thing::${name}`;
  }

  /** The resource with this name in the state, except one waiting to be deleted. */
  async find(name: string): Promise<ResourceInfo | undefined> {
    const { resources } = await this.stack.state();
    return resources.find((resource) => resource.urn.endsWith(`::${name}`) && !resource.delete);
  }

  /** The provider's calls since the last time this was asked. */
  calls(): Call[] {
    const file = join(this.dir, "world", "calls.log");
    if (!existsSync(file)) return [];
    const lines = readFileSync(file, "utf8").trim().split("\n");
    rmSync(file);
    return lines.map((line): Call => JSON.parse(line));
  }

  /** The calls that change something, in order, as `method name`. */
  changes(): string[] {
    return this.calls()
      .filter(({ method }) => ["create", "update", "delete"].includes(method))
      .map(({ method, name }) => `${method} ${name}`);
  }

  /** The ids of all existing objects. */
  world(): string[] {
    return readdirSync(join(this.dir, "world"))
      .filter((file) => file.endsWith(".json"))
      .map((file) => file.replace(/\.json$/u, ""))
      .sort();
  }

  /** Changes something behind the engine's back. */
  tamper(id: string, change: Record<string, unknown> | undefined): void {
    const file = join(this.dir, "world", `${id}.json`);
    if (change === undefined) rmSync(file);
    else writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, "utf8")), ...change }));
  }
}

export type Test = (name: string, body: (fixture: Fixture) => Promise<void>) => void;

/**
 * Runs each case on this engine and on the real CLI, each with its own fixture. The CLI must confirm what the
 * engine does.
 */
export function onEachDeployer(what: string, define: (test: Test) => void): void {
  for (const deployer of deployers()) {
    describe(`${what}, on the ${deployer.name} [long]`, () => {
      define((name, body) => {
        it(name, async () => {
          const fixture = await Fixture.open(deployer);
          try {
            await body(fixture);
          } finally {
            await fixture.close();
          }
        });
      });
    });
  }
}

/** The operations on one resource, in order. */
export const opsOn = (steps: StepRecord[], name: string): string[] =>
  steps.filter(({ urn }) => urn.endsWith(`::${name}`)).map(({ op }) => op);
