/**
 * A k3s cluster: a server, and agents that join it with the token that it has made.
 *
 *     pulumi up
 *     pulumi stack output kubeconfig --show-secrets > kubeconfig
 *     kubectl --kubeconfig kubeconfig get nodes
 *     pulumi config set agents 4 && pulumi up    # the cluster grows; what is there stays as it is
 */

import * as pulumi from "@pulumi/pulumi";
import * as multipass from "pulumi-multipass";

const config = new pulumi.Config();
const install = "curl -sfL https://get.k3s.io | sh -";

const server = new multipass.Instance("server", {
  image: "24.04",
  cpus: 2,
  memory: "2G",
  disk: "10G",
  cloudInit: { runcmd: [install] },
  // Ready is a server that answers, not one that has been installed.
  readiness: { checks: [{ command: ["sudo", "k3s", "kubectl", "get", "--raw=/readyz"], timeout: "5m" }] },
});

/** What a file of the server says, as a secret in the state and in everything that is made of it. */
function secretFile(name: string, path: string): pulumi.Output<string> {
  const read = { instance: server, create: ["sudo", "cat", path] };
  return new multipass.Command(name, read, { additionalSecretOutputs: ["stdout"] }).stdout;
}

const token = secretFile("token", "/var/lib/rancher/k3s/server/node-token");

const agents = new multipass.InstanceGroup("agent", {
  count: config.getNumber("agents") ?? 2,
  template: { image: "24.04", cpus: 1, memory: "1G", disk: "10G" },
});

const joined = agents.members.map(
  (agent, index) =>
    new multipass.Command(`join-${index}`, {
      instance: agent,
      shell: true,
      create: install,
      // On stdin, like all of a command: the token is in no process list of this host.
      environment: { K3S_URL: pulumi.interpolate`https://${server.ipAddress}:6443`, K3S_TOKEN: token },
    }),
);

const nodes = new multipass.Command(
  "nodes",
  {
    instance: server,
    create: ["sudo", "k3s", "kubectl", "get", "nodes", "--output=name"],
    triggers: [agents.names],
  },
  { dependsOn: joined },
);

export const addresses = agents.addresses;
export const members = nodes.stdout.apply((names) => names.split("\n"));
/** As k3s writes it, with the server's address in place of its own loopback. */
export const kubeconfig = pulumi
  .all([secretFile("kubeconfig", "/etc/rancher/k3s/k3s.yaml"), server.ipAddress])
  .apply(([text, ip]) => text.replace("127.0.0.1", ip));
