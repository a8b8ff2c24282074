/**
 * A PostgreSQL server with data, and a snapshot to return to. README.md says how to use it.
 */

import * as pulumi from "@pulumi/pulumi";
import * as multipass from "pulumi-multipass";

const config = new pulumi.Config();
const password = config.requireSecret("password");
const folder = "/etc/postgresql/16/main";

const server = new multipass.Instance("database", {
  image: "24.04",
  cpus: 2,
  memory: "1G",
  disk: "8G",
  cloudInit: { package_update: true, packages: ["postgresql"] },
  readiness: { checks: [{ command: ["pg_isready"], timeout: "2m" }] },
});

const owned = { instance: server, user: "root", mode: "0644" };
const files = [
  new multipass.File("listen", {
    ...owned,
    path: `${folder}/conf.d/listen.conf`,
    content: "listen_addresses = '*'\n",
  }),
  new multipass.File("clients", {
    ...owned,
    path: `${folder}/pg_hba.conf`,
    // The machine itself, and whoever is in its network: this computer and its other machines.
    content: "local all all peer\nhost shop shop samenet scram-sha-256\n",
  }),
];

const restarted = new multipass.Command(
  "restart",
  { instance: server, create: ["sudo", "systemctl", "restart", "postgresql"] },
  { dependsOn: files },
);

const seeded = new multipass.Command(
  "seed",
  {
    instance: server,
    // `psql` reads the script from stdin, so the password is in no list of processes.
    create: ["sudo", "-u", "postgres", "psql", "--quiet", "--set=ON_ERROR_STOP=1"],
    stdin: pulumi.interpolate`
      CREATE ROLE shop LOGIN PASSWORD '${password}';
      CREATE DATABASE shop OWNER shop;
      \\connect shop
      SET ROLE shop;
      CREATE TABLE orders (id serial PRIMARY KEY, item text NOT NULL);
      INSERT INTO orders (item) VALUES ('tea'), ('bread'), ('salt');
    `,
  },
  { dependsOn: restarted },
);

const snapshot = new multipass.Snapshot(
  "seeded",
  { instance: server, name: "seeded" },
  { dependsOn: seeded },
);

new multipass.Restore("reset", {
  instance: server,
  snapshot: snapshot.name,
  trigger: config.get("reset"),
  discardCurrentState: true,
});

export const url = pulumi.interpolate`postgresql://shop:${password}@${server.ipAddress}/shop`;
