import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { execa } from "execa";
import { startSimulator } from "../../provider/testing/index.ts";
import { NO_IMAGE_SERVER } from "../e2e/lab.ts";
import { type Deployer, engineStack } from "../engine/index.ts";

export const repository = resolve(import.meta.dirname, "../..");

export function scratch(): string {
  return realpathSync(mkdtempSync(join(tmpdir(), "multipass-package-")));
}

export interface Packed {
  tarball: string;
  /** Digest of the tarball, as npm writes it into lock files. */
  integrity: string;
  files: string[];
}

/** What would be published, from `folder`. */
export async function pack(destination: string, folder = repository): Promise<Packed> {
  mkdirSync(destination, { recursive: true });
  const { stdout } = await execa("npm", ["pack", "--json", "--pack-destination", destination], {
    cwd: folder,
  });
  const [{ filename, integrity, files }] = JSON.parse(stdout);
  return {
    tarball: join(destination, filename),
    integrity,
    files: files.map(({ path }: { path: string }) => path),
  };
}

/** The packed package, unpacked, under a version number of its own. */
export async function unpack({ tarball }: Packed, folder: string, version: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  await execa("tar", ["-xzf", tarball, "--strip-components", "1", "-C", folder]);
  const file = join(folder, "package.json");
  writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, "utf8")), version }));
}

/** Everything that this repository has installed, but the package itself, as links: an installation that needs no registry. */
export function linkDependencies(project: string): void {
  const from = join(repository, "node_modules");
  const names = readdirSync(from).flatMap((name) =>
    name.startsWith("@") ? readdirSync(join(from, name)).map((one) => join(name, one)) : [name],
  );
  for (const name of names) {
    if (name === "pulumi-multipass" || name.startsWith(".")) continue;
    mkdirSync(dirname(join(project, "node_modules", name)), { recursive: true });
    symlinkSync(join(from, name), join(project, "node_modules", name));
  }
}

/** Writes a program that makes one instance. */
export function writeProgram(dir: string, program: string): void {
  mkdirSync(join(dir, "state"), { recursive: true });
  writeFileSync(
    join(dir, "package.json"),
    JSON.stringify({ name: "consumer", private: true, type: "module" }),
  );
  writeFileSync(
    join(dir, "Pulumi.yaml"),
    "name: consumer\nruntime:\n  name: nodejs\n  options:\n    typescript: false\nmain: index.js\n",
  );
  writeFileSync(join(dir, "index.js"), `import * as multipass from "pulumi-multipass";\n${program}\n`);
}

/** Lets `use` work with a stack of the program in `dir`, on a simulated host whose client is `multipass`. */
export async function withStack(
  dir: string,
  use: (stack: Deployer, multipass: string) => Promise<void>,
): Promise<void> {
  await using sim = await startSimulator();
  const env = {
    ...sim.env,
    PULUMI_MULTIPASS_STATE_DIR: join(dir, "journal"),
    PULUMI_MULTIPASS_IMAGE_SERVER: NO_IMAGE_SERVER,
  };
  const stack = await engineStack({ dir, stateDir: join(dir, "state"), env });
  await use(stack, sim.bin);
  await stack.dispose();
}
