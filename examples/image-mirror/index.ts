/**
 * A machine whose image comes from a mirror of your own. README.md says how to use it.
 */

import * as pulumi from "@pulumi/pulumi";
import * as multipass from "pulumi-multipass";

/** A mirror with the layout of `https://cloud-images.ubuntu.com/`. */
const mirror = new pulumi.Config().require("mirror");

const setting = new multipass.Setting("mirror", { key: "local.image.mirror", value: mirror });
const vm = new multipass.Instance(
  "mirrored",
  { image: "24.04", cpus: 1, memory: "1G", disk: "5G" },
  // The setting restarts the daemon, which must come first.
  { dependsOn: setting },
);

export const address = vm.ipAddress;
