/**
 * A web server. The workflow beside it deploys and tests it on a simulated host. README.md says why.
 */

import * as pulumi from "@pulumi/pulumi";
import * as multipass from "pulumi-multipass";

const web = new multipass.Instance("web", {
  name: "web",
  image: "24.04",
  cloudInit: {
    package_update: true,
    packages: ["nginx"],
    write_files: [{ path: "/var/www/html/index.html", content: "Hello\n" }],
  },
  readiness: { checks: [{ command: ["curl", "-fsS", "http://localhost/"], timeout: "2m" }] },
});

export const url = pulumi.interpolate`http://${web.ipAddress}/`;
