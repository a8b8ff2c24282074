/**
 * A class room: identical machines, each with a snapshot of how it was handed out.
 *
 *     pulumi config set seats 12
 *     pulumi up
 *     pulumi config set reset "$(date)" && pulumi up    # before the next class: every machine as it was
 */

import * as pulumi from "@pulumi/pulumi";
import * as multipass from "pulumi-multipass";

const config = new pulumi.Config();

const seats = new multipass.InstanceGroup("seat", {
  count: config.getNumber("seats") ?? 3,
  namePrefix: "seat",
  template: ({ index }) => ({
    image: "24.04",
    memory: "1G",
    cloudInit: {
      packages: ["python3-venv"],
      write_files: [{ path: "/etc/motd", content: `Welcome to seat ${index}.\n` }],
    },
  }),
});

for (const [index, seat] of seats.members.entries()) {
  const exercises = new multipass.File(`exercises-${index}`, {
    instance: seat,
    path: "exercises",
    directory: "./exercises",
  });
  const prepared = new multipass.Command(
    `prepared-${index}`,
    { instance: seat, create: ["mkdir", "-p", "answers"] },
    { dependsOn: exercises },
  );
  const ready = new multipass.Snapshot(
    `ready-${index}`,
    { instance: seat, name: "ready", comment: "as handed out" },
    { dependsOn: prepared },
  );
  // Does nothing until there is a trigger, and then once for each.
  new multipass.Restore(`reset-${index}`, {
    instance: seat,
    snapshot: ready.name,
    trigger: config.get("reset"),
    discardCurrentState: true,
  });
}

export const addresses = seats.addresses;
