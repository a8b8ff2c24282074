/**
 * A web server on this computer, and its data on another one. README.md says how to use it.
 */

import * as pulumi from "@pulumi/pulumi";
import * as multipass from "pulumi-multipass";

const config = new pulumi.Config();
/** The other computer, as `ssh` knows it. */
const host = config.require("host");

const data = new multipass.Instance("data", { image: "24.04", cpus: 2, memory: "2G", disk: "10G", host });
const web = new multipass.Instance("web", { image: "24.04", cpus: 1, memory: "1G", disk: "5G" });

// Whatever is in an instance is on its host.
new multipass.Snapshot("empty", { instance: data, name: "empty" });
new multipass.File("upstream", {
  instance: web,
  path: "/etc/upstream",
  content: data.ipAddress,
  user: "root",
});

export const addresses = { web: web.ipAddress, data: data.ipAddress };
/** What ssh needs to reach the other machine: through its host. */
export const access = data.ssh;
