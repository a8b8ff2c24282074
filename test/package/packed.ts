import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join, relative, resolve } from "node:path";
import { execa } from "execa";
import { type Simulator, type SimulatorOptions, startSimulator } from "../../simulator/src/index.ts";
import { type Deployer, engineStack, type NamedDeployer } from "../engine/index.ts";
import { disposed } from "../support/disposed.ts";

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

/** What would be published of the provider's package, as it is built now. */
export function pack(destination: string): Promise<Packed> {
  // Without `prepack`: the tests that run beside this one need `dist`.
  return npmPack(repository, destination, "--ignore-scripts");
}

/** What would be published of the simulator's package, as it is built now. */
export function packSimulator(destination: string): Promise<Packed> {
  return npmPack(join(repository, "simulator"), destination, "--ignore-scripts");
}

/** Whether this clone has the whole history; one of the newest commit alone cannot show what an earlier one was like. */
export async function hasHistory(): Promise<boolean> {
  const shallow = await execa("git", ["rev-parse", "--is-shallow-repository"], {
    cwd: repository,
    reject: false,
  });
  return shallow.stdout === "false";
}

/** The package as an earlier commit packs it, under the version of its own. */
export async function packCommit(commit: string, folder: string, destination: string): Promise<Packed> {
  mkdirSync(folder, { recursive: true });
  const archive = join(folder, "..", `${commit}.tar`);
  await execa("git", ["archive", "--output", archive, commit], { cwd: repository });
  await execa("tar", ["-xf", relative(folder, archive)], { cwd: folder });
  symlinkSync(join(repository, "node_modules"), join(folder, "node_modules"));
  await execa(process.execPath, ["scripts/build.ts"], { cwd: folder, preferLocal: true });
  return npmPack(folder, destination, "--ignore-scripts");
}

/** What somebody packs who has cloned this repository into `folder`, and done nothing there but `npm ci`. */
export async function packFresh(folder: string, destination: string): Promise<Packed> {
  const { stdout } = await execa("git", ["ls-files", "-z"], { cwd: repository });
  for (const file of stdout.split("\0").filter((name) => name && existsSync(join(repository, name)))) {
    cpSync(join(repository, file), join(folder, file));
  }
  symlinkSync(join(repository, "node_modules"), join(folder, "node_modules"));
  return npmPack(folder, destination);
}

async function npmPack(folder: string, destination: string, ...options: string[]): Promise<Packed> {
  mkdirSync(destination, { recursive: true });
  const { stdout } = await execa("npm", ["pack", "--json", "--pack-destination", destination, ...options], {
    cwd: folder,
  });
  const [{ filename, integrity, files }] = JSON.parse(stdout);
  return {
    tarball: join(destination, filename),
    integrity,
    files: files.map(({ path }: { path: string }) => path),
  };
}

/** The packed package, unpacked, under another version number than its own if one is given. */
export async function unpack({ tarball }: Packed, folder: string, version?: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  // By names relative to its folder: some versions of tar take what stands before a colon for a host.
  await execa(
    "tar",
    ["-xzf", basename(tarball), "--strip-components", "1", "-C", relative(dirname(tarball), folder)],
    {
      cwd: dirname(tarball),
    },
  );
  if (version === undefined) return;
  const file = join(folder, "package.json");
  writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, "utf8")), version }));
}

/**
 * What the package asks for, and what else is named, as links to what this repository has: an installation that needs no registry, and in which
 * nothing is found that a user does not have.
 */
export function linkDependencies(project: string, ...besides: string[]): void {
  const { dependencies, peerDependencies } = JSON.parse(
    readFileSync(join(repository, "package.json"), "utf8"),
  );
  for (const name of [...Object.keys({ ...dependencies, ...peerDependencies }), ...besides]) {
    mkdirSync(dirname(join(project, "node_modules", name)), { recursive: true });
    symlinkSync(join(repository, "node_modules", name), join(project, "node_modules", name));
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

/** Lets `use` work with a stack of the program in `dir`, on a simulated host. */
export async function withStack(
  dir: string,
  use: (stack: Deployer, sim: Simulator) => Promise<void>,
  { open = engineStack, ...options }: { open?: NamedDeployer["open"] } & SimulatorOptions = {},
): Promise<void> {
  const sim = disposed(await startSimulator(options));
  const env = {
    ...sim.env,
    PULUMI_MULTIPASS_STATE_DIR: join(dir, "journal"),
  };
  mkdirSync(join(dir, "state"), { recursive: true });
  const stack = await open({ dir, stateDir: join(dir, "state"), env });
  await use(stack, sim);
  await stack.dispose();
}
