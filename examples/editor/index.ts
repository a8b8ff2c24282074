/**
 * A remote environment for an editor, reached over SSH. README.md says how to use it.
 */

import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import * as multipass from "pulumi-multipass";

const config = new pulumi.Config();
const publicKey = config.get("publicKey") ?? join(homedir(), ".ssh", "id_ed25519.pub");

const vm = new multipass.Instance("editor", {
  name: "editor",
  image: "24.04",
  cpus: config.getNumber("cpus") ?? 2,
  memory: config.get("memory") ?? "4G",
  disk: config.get("disk") ?? "20G",
  cloudInit: {
    ssh_authorized_keys: [readFileSync(publicKey, "utf8").trim()],
    package_update: true,
    packages: ["build-essential", "git"],
  },
});

const repository = config.get("repository");
if (repository !== undefined)
  new multipass.Command("clone", { instance: vm, create: ["git", "clone", repository, "work"] });

export const ssh = pulumi.interpolate`ubuntu@${vm.ipAddress}`;
