/**
 * A Docker host, which `docker` and `docker compose` on this computer use over SSH. README.md says how.
 */

import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import * as multipass from "pulumi-multipass";

const config = new pulumi.Config();
const publicKey = config.get("publicKey") ?? join(homedir(), ".ssh", "id_ed25519.pub");

const vm = new multipass.Instance("docker", {
  name: "docker",
  image: "24.04",
  cpus: config.getNumber("cpus") ?? 2,
  memory: config.get("memory") ?? "2G",
  disk: config.get("disk") ?? "20G",
  cloudInit: {
    ssh_authorized_keys: [readFileSync(publicKey, "utf8").trim()],
    package_update: true,
    packages: ["docker.io"],
    // Packages are installed before this runs, so the group exists.
    runcmd: ["usermod -aG docker ubuntu"],
  },
  // Without sudo: the daemon answers, and the user is in the group, as Docker needs over SSH.
  readiness: { checks: [{ command: ["docker", "info"], timeout: "2m" }] },
});

/** For `docker context create`. `pulumi-multipass ssh-config` tells ssh what this name means. */
export const dockerHost = pulumi.interpolate`ssh://${vm.name}`;
