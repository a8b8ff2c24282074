import * as pulumi from "@pulumi/pulumi";
import * as multipass from "pulumi-multipass";

const config = new pulumi.Config();

const web = new multipass.Instance("web", {
  name: "web",
  image: "24.04",
  cloudInit: {
    write_files: [{ path: "/etc/motd", content: "Welcome\n" }],
  },
  // How long to put up with a host that is not ready yet. The default is half an hour.
  timeouts: { create: config.get("patience") ?? "30m" },
  // Tests need not pause for as long between two tries.
  retry: { maxDelay: config.get("longestPause") ?? "60s" },
});

export const ip = web.ipAddress;
