/**
 * A Kubernetes cluster of one machine, by MicroK8s. README.md says how to use it.
 */

import * as pulumi from "@pulumi/pulumi";
import * as multipass from "pulumi-multipass";

const config = new pulumi.Config();
/** A release of Kubernetes that the snap follows. `snap info microk8s` lists them. */
const channel = config.get("channel") ?? "1.34/stable";

const vm = new multipass.Instance("microk8s", {
  image: "24.04",
  cpus: config.getNumber("cpus") ?? 2,
  memory: config.get("memory") ?? "4G",
  disk: config.get("disk") ?? "20G",
  cloudInit: {
    runcmd: [`snap install microk8s --classic --channel=${channel}`],
  },
  // The snap is installed long before the cluster answers.
  readiness: { checks: [{ command: ["sudo", "microk8s", "status", "--wait-ready"], timeout: "10m" }] },
});

// Pods need names, and claims need volumes. Enabling what is enabled changes nothing.
const addons = new multipass.Command("addons", {
  instance: vm,
  create: ["sudo", "microk8s", "enable", "dns", "hostpath-storage"],
});

/** With the machine's address, and a token for all of the cluster: a secret in Pulumi's state, too. */
export const kubeconfig = new multipass.Command(
  "kubeconfig",
  { instance: vm, create: ["sudo", "microk8s", "config"], triggers: [vm.ipAddress] },
  { dependsOn: addons, additionalSecretOutputs: ["stdout"] },
).stdout;
