/**
 * A machine with a fixed address in a network of the host. README.md says how to use it.
 */

import * as pulumi from "@pulumi/pulumi";
import * as multipass from "pulumi-multipass";

const config = new pulumi.Config();
/** A network that `multipass networks` lists. */
const network = config.require("network");
/** With the length of the network's prefix, such as `10.13.31.13/24`. */
const address = config.require("address");
const mac = config.get("mac") ?? "52:54:00:4b:ab:cd";

const vm = new multipass.Instance("fixed", {
  image: "24.04",
  cpus: 1,
  memory: "1G",
  disk: "5G",
  // `manual`: Multipass attaches the interface, and cloud-init configures it.
  networks: [{ name: network, mode: "manual", mac }],
  cloudInit: {
    write_files: [
      {
        path: "/etc/netplan/60-fixed.yaml",
        permissions: "0600",
        content: JSON.stringify({
          network: {
            version: 2,
            ethernets: { fixed: { match: { macaddress: mac }, dhcp4: false, addresses: [address] } },
          },
        }),
      },
    ],
    runcmd: ["netplan apply"],
  },
});

/** The address in Multipass's own network, by which the host reaches the machine. It can change. */
export const hostAddress = vm.ipAddress;
export const fixedAddress = address.split("/")[0];
