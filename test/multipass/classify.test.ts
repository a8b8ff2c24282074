import assert from "node:assert/strict";
import { classify } from "../../provider/multipass/classify.ts";
import type { ErrorKind } from "../../provider/multipass/errors.ts";

/** Every failure that Multipass is known for: the command, its stderr, the kind, and whether a retry makes sense. */
const CATALOGUE: [command: string, stderr: string, kind: ErrorKind, transient: boolean][] = [
  // Daemon, connection, authorisation
  ["list", "list failed: cannot connect to the multipass socket", "daemon-unreachable", true],
  ["launch", "launch failed: multipass socket access denied", "access-denied", false],
  [
    "list",
    "list failed: The user is not authenticated with the Multipass service.\nPlease…",
    "unauthenticated",
    false,
  ],
  [
    "list",
    "list failed: The client is not authenticated with the Multipass service.\nPlease use 'multipass authenticate' before proceeding.",
    "unauthenticated",
    false,
  ],
  [
    "list",
    "[error] [client] Caught an unhandled exception: failed to open file '/x/multipass_root_cert.pem': No such file or directory(2)",
    "daemon-initialising",
    true,
  ],
  [
    "list",
    "[error] [client] Caught an unhandled exception: failed to open file '/x/multipass_root_cert.pem': Permission denied(13)",
    "access-denied",
    false,
  ],
  [
    "authenticate",
    "authenticate failed: Passphrase is not correct. Please try again.",
    "unauthenticated",
    false,
  ],
  [
    "authenticate",
    "authenticate failed: Incorrect passphrase. No passphrase is set.",
    "unauthenticated",
    false,
  ],
  [
    "authenticate",
    "authenticate failed: Passphrase is not set. Please `multipass set local.passphrase`",
    "unauthenticated",
    false,
  ],
  [
    "list",
    "[error] [client] Caught an unhandled exception: missing port number in address 'bogus'",
    "invalid-argument",
    false,
  ],

  // Images and network
  [
    "launch",
    'launch failed: Remote "release" is unknown or unreachable. If image mirror is enabled, please confirm it is valid.',
    "images-unreachable",
    true,
  ],
  ["launch", 'launch failed: Remote "" is unknown or unreachable.', "images-unreachable", true],
  ["find", 'find failed: Remote "" is unknown or unreachable.', "images-unreachable", true],
  ["wait-ready", "wait-ready failed: cannot connect to the image servers", "images-unreachable", true],
  ["find", 'find failed: Unable to find images for remote "daily"', "images-unreachable", true],
  [
    "launch",
    "launch failed: Remote 'foo' is not found. Please use `multipass find` for supported remotes and images.",
    "image-unknown",
    false,
  ],
  ["launch", 'launch failed: Unable to find an image matching "foo" in remote "".', "image-unknown", false],
  ["launch", 'launch failed: Too many images matching "ab"', "image-unknown", false],
  ["launch", "launch failed: Must specify an image when specifying a remote", "image-unknown", false],
  ["launch", "launch failed: Custom image `/x.img` does not exist.", "image-unknown", false],
  ["launch", "launch failed: Invalid file URL file:/x", "image-unknown", false],
  ["launch", 'launch failed: File "/x.img" not found', "image-unknown", false],
  [
    "find",
    "find failed: failed to download from 'https://cloud-images.ubuntu.com/releases/streams/v1/index.json': Error opening https://cloud-images.ubuntu.com/releases/streams/v1/index.json",
    "download-failed",
    true,
  ],
  [
    "launch",
    "launch failed: failed to download from 'https://e.com/x.img': Host e.com not found",
    "download-failed",
    true,
  ],
  [
    "launch",
    "launch failed: failed to download from 'https://e.com/x.img': Operation canceled",
    "download-failed",
    true,
  ],
  [
    "launch",
    "launch failed: failed to download from 'https://e.com/x.img': Network timeout",
    "download-failed",
    true,
  ],
  ["launch", "launch failed: Operation canceled", "download-cancelled", true],
  [
    "launch",
    'launch failed: Hash of "x.img" does not match (expected a but got b)',
    "image-hash-mismatch",
    true,
  ],
  ["launch", "launch failed: Hash of x.img does not match abc", "image-hash-mismatch", true],
  ["launch", "launch failed: Downloaded image hash does not match", "image-hash-mismatch", true],
  ["launch", 'launch failed: unable to write to file "/var/x"', "disk-full", false],
  ["launch", "launch failed: Failed to convert image format", "hypervisor", false],
  ["launch", "launch failed: qemu-img failed (Process operation timed out) with output:", "hypervisor", true],

  // Arguments
  [
    "launch",
    "launch failed: Invalid arguments supplied\nInvalid memory size value supplied: 1K.",
    "size-invalid",
    false,
  ],
  [
    "launch",
    "launch failed: Invalid arguments supplied\nInvalid disk size value supplied: 1K.",
    "size-invalid",
    false,
  ],
  [
    "launch",
    "launch failed: Invalid arguments supplied\nInvalid instance name supplied: bad_name!",
    "invalid-argument",
    false,
  ],
  [
    "launch",
    "launch failed: Invalid arguments supplied\nUnavailable zone name supplied: z",
    "invalid-argument",
    false,
  ],
  ["launch", "launch failed: No AZ with name: z", "invalid-argument", false],
  ["launch", "launch failed: no AZ is available", "invalid-argument", false],
  [
    "launch",
    "launch failed: Invalid arguments supplied\nInvalid network options supplied",
    "network-invalid",
    false,
  ],
  [
    "launch",
    "launch failed: Invalid arguments supplied\nInvalid network options. To troubleshoot, see https://canonical.com/…",
    "network-invalid",
    false,
  ],
  ["launch", "launch failed: Missing bridges\nInvalid network options.", "network-invalid", false],
  [
    "launch",
    "launch failed: Invalid network 'x' set as bridged interface, use `multipass set …`",
    "network-invalid",
    false,
  ],
  [
    "launch",
    'launch failed: You have to `multipass set local.bridged-network=<name>` to use the "bridged" shortcut.',
    "network-invalid",
    false,
  ],
  [
    "launch",
    "launch failed: Automatic network configuration not available for X. Consider using manual mode.",
    "network-invalid",
    false,
  ],
  ["launch", "launch failed: Repeated MAC address 52:54:00:00:00:01", "network-invalid", false],
  [
    "launch",
    "launch failed: Requested disk (1073741824 bytes) below minimum for this image (1635778560 bytes)",
    "size-invalid",
    false,
  ],
  [
    "launch",
    "launch failed: Available disk (10 bytes) below minimum for this image (1635778560 bytes)",
    "disk-full",
    false,
  ],
  ["launch", "Error: invalid CPU count '0', need a positive integer value.", "invalid-argument", false],
  ["launch", "error: Bad network 'x'", "network-invalid", false],
  ["launch", "error: Invalid MAC address: X", "network-invalid", false],
  ["launch", "error: --timeout value has to be a positive integer", "invalid-argument", false],
  ["launch", 'Mount source path "/x" does not exist', "mount-failed", false],
  [
    "launch",
    "Could not load cloud-init configuration: bad file: /nonexistent.yaml\nPlease ensure that Multipass can read it.",
    "invalid-argument",
    false,
  ],
  [
    "launch",
    "[2026-08-21T10:00:00.123] [error] [client] Caught an unhandled exception: X is not a valid memory size - need a non-negative integer",
    "size-invalid",
    false,
  ],
  ["delete", "Name argument or --all is required", "invalid-argument", false],
  ["list", "Unknown option 'bogus'.", "not-supported", false],

  // Existence and state
  ["launch", 'launch failed: instance "t1" already exists', "instance-exists", false],
  ["launch", 'launch failed: instance "t1" is being prepared', "instance-preparing", true],
  [
    "info",
    'info failed: The following errors occurred:\ninstance "nosuch" does not exist',
    "instance-missing",
    false,
  ],
  [
    "stop",
    'stop failed: The following errors occurred:\ninstance "t1" is deleted',
    "instance-deleted",
    false,
  ],
  ["snapshot", 'snapshot failed: instance "nosuch" does not exist', "instance-missing", false],
  [
    "mount",
    "mount failed: The following errors occurred:\ninstance 'nosuch' does not exist",
    "instance-missing",
    false,
  ],
  [
    "start",
    "start failed: instance(s) missing\nInstance 'nosuch' does not exist.",
    "instance-missing",
    false,
  ],
  [
    "start",
    "start failed: instance(s) missing\nInstance 't' is deleted. Use 'recover' to recover it or 'purge' to permanently delete it.",
    "instance-deleted",
    false,
  ],
  [
    "start",
    "start failed: The following errors occurred:\nInstance 'x' is already running, but in an unknown state.\nTry to stop it first.",
    "instance-unknown-state",
    false,
  ],
  [
    "start",
    "start failed: The following errors occurred:\nCannot start the instance 'x' while suspending.",
    "instance-busy",
    true,
  ],
  [
    "start",
    "start failed: The following errors occurred:\nx: timed out waiting for response",
    "guest-start-timeout",
    true,
  ],
  [
    "start",
    "start failed: The following errors occurred:\nInstance shutdown during start",
    "guest-died",
    true,
  ],
  [
    "launch",
    "launch failed: The following errors occurred:\nx: shutdown called while starting",
    "guest-died",
    true,
  ],
  ["launch", "launch failed: failed to start qemu instance: x", "hypervisor", false],
  [
    "start",
    "start failed: qemu quit unexpectedly with exit code 1, check logs for more details",
    "hypervisor",
    false,
  ],
  ["launch", "launch failed: cannot start VM without an image", "hypervisor", false],
  [
    "start",
    "start failed: The following errors occurred:\nError enabling mount support in 'x'",
    "mount-support-missing",
    false,
  ],
  ["restart", "restart failed: Instance 'x' is not running", "instance-not-running", false],
  [
    "stop",
    "stop failed: Cannot shut down instance x while starting.\nUse --force to power it off.",
    "instance-busy",
    true,
  ],
  [
    "stop",
    "stop failed: Cannot shut down suspended instance t1.\nUse --force to power it off.",
    "instance-suspended",
    false,
  ],
  [
    "stop",
    "stop failed: The QEMU process did not finish within 300 seconds after being shutdown",
    "instance-busy",
    true,
  ],
  ["stop", "stop failed: timed out waiting for shutdown", "instance-busy", true],
  ["delete", "delete failed: No such snapshot: x.s", "snapshot-missing", false],
  [
    "suspend",
    "suspend failed: The suspend feature is not implemented on this backend.",
    "not-supported",
    false,
  ],
  ["transfer", 'transfer failed: instance "x" is not running', "instance-not-running", false],
  ["exec", "exec failed: Cannot retrieve credentials in unknown state", "instance-unknown-state", false],
  [
    "exec",
    `exec failed: "x" is scheduled to shut down in less than a minute, use 'multipass stop --cancel x'`,
    "instance-busy",
    true,
  ],
  ["exec", "exec failed: ssh connection failed: 'Timeout connecting to 10.0.0.1'", "guest-unreachable", true],
  [
    "info",
    "info failed: ssh failed to authenticate: 'Socket error: disconnected'",
    "guest-unreachable",
    true,
  ],
  ["info", "info failed: IP not available", "guest-unreachable", true],
  [
    "exec",
    "exec failed: failed to obtain exit status for remote process 'x': timed out after 5000 ms",
    "guest-unreachable",
    true,
  ],
  [
    "set",
    "set failed: Cannot update instance settings; instance: t1; reason: Instance must be stopped for modification",
    "instance-not-stopped",
    false,
  ],
  [
    "set",
    "set failed: Cannot update instance settings; instance: x; reason: instance is being prepared",
    "instance-preparing",
    true,
  ],
  [
    "set",
    "set failed: Cannot update instance settings; instance: x; reason: No such instance",
    "instance-missing",
    false,
  ],
  [
    "set",
    "set failed: Cannot update instance settings; instance: x; reason: Instance is deleted",
    "instance-deleted",
    false,
  ],
  ["set", "set failed: Invalid setting 'local.t1.disk=2G': Disk can only be expanded", "size-invalid", false],
  [
    "set",
    "set failed: Invalid setting 'local.t1.memory=1K': Memory less than 512M minimum not allowed",
    "size-invalid",
    false,
  ],
  [
    "set",
    "set failed: Invalid setting 'local.t1.cpus=0': Need a positive integer (in decimal format) of minimum 1",
    "invalid-argument",
    false,
  ],
  [
    "set",
    "set failed: Cannot update instance settings; instance: x; reason: Need user authorization to bridge eth0",
    "network-invalid",
    false,
  ],
  ["get", "get failed: Unrecognized settings key: 'local.nosuch'", "invalid-argument", false],
  [
    "snapshot",
    "snapshot failed: Multipass can only take snapshots of stopped instances.",
    "instance-not-stopped",
    false,
  ],
  ["clone", "clone failed: Multipass can only clone stopped instances.", "instance-not-stopped", false],
  ["snapshot", 'snapshot failed: Invalid snapshot name: "bad name!".', "invalid-argument", false],
  ["snapshot", "snapshot failed: Snapshot already exists: t1.s2", "snapshot-exists", false],
  ["clone", "clone failed: Invalid destination instance name: y_", "invalid-argument", false],
  ["mount", "mount failed: Mounts are disabled on this installation of Multipass.", "not-supported", false],
  [
    "mount",
    "mount failed: Please stop the instance t1 before attempting native mounts.",
    "instance-not-stopped",
    false,
  ],
  [
    "mount",
    `mount failed: The following errors occurred:\n"/x" is already mounted in 't1'`,
    "already-mounted",
    false,
  ],
  ["mount", 'mount failed: The following errors occurred:\nunable to mount to "/"', "mount-failed", false],
  [
    "mount",
    'mount failed: The following errors occurred:\nerror mounting "/x": ssh failed',
    "mount-failed",
    true,
  ],
  [
    "mount",
    `mount failed: The following errors occurred:\nerror mounting "/x": Snap support needs to be installed in 't1' in order to support mounts.`,
    "mount-support-missing",
    false,
  ],
  ["mount", 'Source path "/nosuchdir" does not exist', "mount-failed", false],
  [
    "umount",
    `umount failed: The following errors occurred:\npath "/x" is not mounted in 't1'`,
    "not-mounted",
    false,
  ],
  [
    "umount",
    `umount failed: The following errors occurred:\nfailed to unmount "/x" from 't1': busy`,
    "mount-failed",
    true,
  ],
  [
    "networks",
    "networks failed: The networks feature is not implemented on this backend.",
    "not-supported",
    false,
  ],

  // Waiting
  [
    "launch",
    "launch failed: The following errors occurred:\nt1: timed out waiting for response",
    "guest-start-timeout",
    true,
  ],
  [
    "launch",
    "launch failed: The following errors occurred:\ntimed out waiting for initialization to complete",
    "guest-initialisation-timeout",
    true,
  ],
  ["launch", "Timed out waiting for instance launch.", "client-timeout", true],
  ["wait-ready", "Timed out waiting for the Multipass daemon to be ready.", "client-timeout", true],

  // Host and hypervisor
  ["launch", "launch failed: KVM support is not enabled on this machine.", "hypervisor", false],
  ["launch", "launch failed: The KVM device cannot be opened for reading and writing.", "hypervisor", false],
  [
    "launch",
    "launch failed: Another virtual machine manager is currently running. Please shut it down",
    "hypervisor",
    false,
  ],
  ["launch", "launch failed: dnsmasq died: 2. Ensure nothing is using port 53.", "port-conflict", false],
  ["launch", "launch failed: Failed to set firewall rule; Table: nat", "hypervisor", false],
  ["launch", "launch failed: The Hyper-V service does not exist.", "hypervisor", false],
  ["launch", "launch failed: Virtualization is not supported on this system.", "hypervisor", false],

  ["launch", "launch failed: http and file based images are not supported", "url-images-unsupported", false],
  ["restart", "restart failed: Reboot command exited with code 1", "guest-unreachable", true],
  [
    "start",
    "start failed: The following errors occurred:\nCannot start the instance 'x' while unavailable.",
    "instance-busy",
    false,
  ],
  ["launch", "Too many arguments supplied", "invalid-argument", false],
  ["exec", "Not enough arguments given", "invalid-argument", false],
  ["delete", "delete failed: Cannot delete snapshots of deleted instances: x.s", "invalid-argument", false],

  // And whatever nobody has seen yet
  ["launch", "launch failed: the moon is in the wrong phase", "unknown", false],
];

describe("classification of Multipass's errors", () => {
  for (const [command, stderr, kind, transient] of CATALOGUE) {
    it(`${kind}${transient ? " (transient)" : ""}: ${stderr.split("\n").at(-1)?.slice(0, 90)}`, () => {
      const error = classify({ command, exitCode: 2, stdout: "", stderr: `${stderr}\n` });
      assert.equal(error.kind, kind);
      assert.equal(error.transient, transient);
    });
  }

  it("reads past the log records of other requests", () => {
    const error = classify({
      command: "launch",
      exitCode: 2,
      stdout: "",
      stderr:
        "[2026-11-23T10:54:28.035] [error] [url downloader] Failed to get https://x: Operation canceled\n" +
        'launch failed: Unable to find an image matching "foo" in remote "".\n',
    });
    assert.equal(error.kind, "image-unknown");
    assert.equal(error.details, 'Unable to find an image matching "foo" in remote "".');
  });

  it("shows unknown text whole, and says it once where the client says it twice", () => {
    const error = classify({
      command: "exec x",
      exitCode: 2,
      stdout: "",
      stderr: "exec failed: a\nb\nexec failed: a\nb\n",
    });
    assert.equal(error.details, "a\nb");
    assert.equal(error.message, '"multipass exec x" failed: a\nb');
  });

  it("takes an unknown command from stdout, where the client says it", () => {
    const error = classify({
      command: "wait-ready",
      exitCode: 1,
      stdout: `Error: Unknown command or alias 'wait-ready' (try "multipass help" or "multipass aliases")\n`,
      stderr: "",
    });
    assert.equal(error.kind, "not-supported");
  });

  it("says so when the client says nothing", () => {
    const error = classify({ command: "start x", exitCode: 2, stdout: "\u001b[2K\u001b[0A", stderr: "" });
    assert.equal(error.kind, "unknown");
    assert.match(error.message, /exited with code 2 and said nothing/);
  });

  it("has a remedy for every permanent kind that a user can do something about", () => {
    for (const [command, stderr, kind, transient] of CATALOGUE) {
      if (transient || ["instance-missing", "instance-exists", "unknown"].includes(kind)) continue;
      if (["invalid-argument", "already-mounted", "not-mounted", "snapshot-exists"].includes(kind)) continue;
      if (["instance-not-running", "instance-not-stopped", "unauthenticated"].includes(kind)) continue;
      assert.ok(classify({ command, exitCode: 2, stdout: "", stderr }).remedy, `${kind}: ${stderr}`);
    }
  });
});
