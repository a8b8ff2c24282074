/**
 * A development machine: the toolchain is in the machine, the source stays on the host.
 *
 *     pulumi config set source ../my-project    # default: this folder
 *     pulumi up
 *     multipass dev-make test                   # runs in the machine, in its view of the folder that you are in
 *     multipass shell dev
 */

import * as pulumi from "@pulumi/pulumi";
import * as multipass from "pulumi-multipass";

const config = new pulumi.Config();

const vm = new multipass.Instance("dev", {
  name: "dev",
  image: "24.04",
  cpus: config.getNumber("cpus") ?? 2,
  memory: config.get("memory") ?? "4G",
  disk: config.get("disk") ?? "20G",
  mounts: [{ source: config.get("source") ?? ".", target: "work" }],
  cloudInit: {
    package_update: true,
    packages: ["build-essential", "git", "gdb", "ripgrep"],
    // Tools that are no packages are installed by the user who works with them.
    runcmd: ["su - ubuntu -c 'curl -fsSL https://sh.rustup.rs | sh -s -- -y --profile minimal'"],
  },
});

new multipass.File("gitconfig", {
  instance: vm,
  path: ".gitconfig",
  content: "[init]\n\tdefaultBranch = main\n[safe]\n\tdirectory = *\n",
});

// Fails the deployment, not the first working day, where the toolchain is not what the project needs.
const toolchain = new multipass.Command("toolchain", {
  instance: vm,
  shell: true,
  create: "git --version && make --version | head -n 1",
});

for (const command of ["make", "gdb"]) {
  new multipass.Alias(command, { instance: vm, command, name: `dev-${command}` });
}

export const shell = pulumi.interpolate`multipass shell ${vm.name}`;
export const ip = vm.ipAddress;
export const versions = toolchain.stdout;
