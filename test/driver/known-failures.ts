/** What Multipass is known to say on stderr when it fails, as the classifier has to understand it. One table, however long. */
import type { ErrorKind } from "../../provider/driver/errors.ts";

export interface KnownFailure {
  kind: ErrorKind;
  /** Whether a retry makes sense. */
  transient: boolean;
  said: string[];
}

export const KNOWN_FAILURES: KnownFailure[] = [
  {
    kind: "daemon-unreachable",
    transient: true,
    said: ["list failed: cannot connect to the multipass socket"],
  },
  {
    kind: "access-denied",
    transient: false,
    said: [
      "launch failed: multipass socket access denied",
      "[error] [client] Caught an unhandled exception: failed to open file '/x/multipass_root_cert.pem': Permission denied(13)",
    ],
  },
  {
    kind: "unauthenticated",
    transient: false,
    said: [
      "list failed: The user is not authenticated with the Multipass service.\nPlease…",
      "list failed: The client is not authenticated with the Multipass service.\nPlease use 'multipass authenticate' before proceeding.",
      "authenticate failed: Passphrase is not correct. Please try again.",
      "authenticate failed: Incorrect passphrase. No passphrase is set.",
      "authenticate failed: Passphrase is not set. Please `multipass set local.passphrase`",
    ],
  },
  {
    kind: "daemon-initialising",
    transient: true,
    said: [
      "[error] [client] Caught an unhandled exception: failed to open file '/x/multipass_root_cert.pem': No such file or directory(2)",
    ],
  },
  {
    kind: "invalid-argument",
    transient: false,
    said: [
      "[error] [client] Caught an unhandled exception: missing port number in address 'bogus'",
      "launch failed: Invalid arguments supplied\nInvalid instance name supplied: bad_name!",
      "launch failed: Invalid arguments supplied\nUnavailable zone name supplied: z",
      "launch failed: No AZ with name: z",
      "launch failed: no AZ is available",
      "Error: invalid CPU count '0', need a positive integer value.",
      "error: --timeout value has to be a positive integer",
      "Could not load cloud-init configuration: bad file: /nonexistent.yaml\nPlease ensure that Multipass can read it.",
      "Name argument or --all is required",
      "set failed: Invalid setting 'local.t1.cpus=0': Need a positive integer (in decimal format) of minimum 1",
      "get failed: Unrecognized settings key: 'local.nosuch'",
      'snapshot failed: Invalid snapshot name: "bad name!".',
      "clone failed: Invalid destination instance name: y_",
      "Too many arguments supplied",
      "Not enough arguments given",
      "launch failed: Invalid remote and source image name supplied",
      "Invalid remote and search string supplied",
      "Invalid format type given.",
      "Invalid UID map given: x",
      "Invalid GID map given: x",
      "x is an invalid id",
      "mount failed: The following errors occurred:\nInvalid target path: ../x",
      "Invalid format. Please specify the instance to restore and snapshot to use in the form <instance-name>.<snapshot-name>",
      'invalid working_directory string "x"',
      "set failed: Invalid setting 'local.driver=x': Invalid driver",
      "invalid server address specified: x",
      "delete failed: Cannot delete snapshots of deleted instances: x.s",
    ],
  },
  {
    kind: "images-unreachable",
    transient: true,
    said: [
      'launch failed: Remote "release" is unknown or unreachable. If image mirror is enabled, please confirm it is valid.',
      'launch failed: Remote "" is unknown or unreachable.',
      'find failed: Remote "" is unknown or unreachable.',
      "wait-ready failed: cannot connect to the image servers",
      'find failed: Unable to find images for remote "daily"',
    ],
  },
  {
    kind: "image-unknown",
    transient: false,
    said: [
      "launch failed: Remote 'foo' is not found. Please use `multipass find` for supported remotes and images.",
      'launch failed: Unable to find an image matching "foo" in remote "".',
      'launch failed: Too many images matching "ab"',
      "launch failed: Must specify an image when specifying a remote",
      "launch failed: Custom image `/x.img` does not exist.",
      "launch failed: Invalid file URL file:/x",
      'launch failed: File "/x.img" not found',
    ],
  },
  {
    kind: "download-failed",
    transient: true,
    said: [
      "find failed: failed to download from 'https://cloud-images.ubuntu.com/releases/streams/v1/index.json': Error opening https://cloud-images.ubuntu.com/releases/streams/v1/index.json",
      "launch failed: failed to download from 'https://e.com/x.img': Host e.com not found",
      "launch failed: failed to download from 'https://e.com/x.img': Operation canceled",
      "launch failed: failed to download from 'https://e.com/x.img': Network timeout",
    ],
  },
  { kind: "download-cancelled", transient: true, said: ["launch failed: Operation canceled"] },
  {
    kind: "image-hash-mismatch",
    transient: true,
    said: [
      'launch failed: Hash of "x.img" does not match (expected a but got b)',
      "launch failed: Hash of x.img does not match abc",
      "launch failed: Downloaded image hash does not match",
    ],
  },
  {
    kind: "disk-full",
    transient: false,
    said: [
      'launch failed: unable to write to file "/var/x"',
      "launch failed: Available disk (10 bytes) below minimum for this image (1635778560 bytes)",
    ],
  },
  {
    kind: "hypervisor",
    transient: false,
    said: [
      "launch failed: Failed to convert image format",
      "launch failed: failed to start qemu instance: x",
      "start failed: qemu quit unexpectedly with exit code 1, check logs for more details",
      "launch failed: cannot start VM without an image",
      "launch failed: KVM support is not enabled on this machine.",
      "launch failed: The KVM device cannot be opened for reading and writing.",
      "launch failed: Another virtual machine manager is currently running. Please shut it down",
      "launch failed: Failed to set firewall rule; Table: nat",
      "launch failed: The Hyper-V service does not exist.",
      "launch failed: Virtualization is not supported on this system.",
    ],
  },
  {
    kind: "hypervisor",
    transient: true,
    said: ["launch failed: qemu-img failed (Process operation timed out) with output:"],
  },
  {
    kind: "size-invalid",
    transient: false,
    said: [
      "launch failed: Invalid arguments supplied\nInvalid memory size value supplied: 1K.",
      "launch failed: Invalid arguments supplied\nInvalid disk size value supplied: 1K.",
      "launch failed: Requested disk (1073741824 bytes) below minimum for this image (1635778560 bytes)",
      "[2026-08-21T10:00:00.123] [error] [client] Caught an unhandled exception: X is not a valid memory size - need a non-negative integer",
      "set failed: Invalid setting 'local.t1.disk=2G': Disk can only be expanded",
      "set failed: Invalid setting 'local.t1.memory=1K': Memory less than 512M minimum not allowed",
    ],
  },
  {
    kind: "network-invalid",
    transient: false,
    said: [
      "launch failed: Invalid arguments supplied\nInvalid network options supplied",
      "launch failed: Invalid arguments supplied\nInvalid network options. To troubleshoot, see https://canonical.com/…",
      "launch failed: Missing bridges\nInvalid network options.",
      "launch failed: Invalid network 'x' set as bridged interface, use `multipass set …`",
      'launch failed: You have to `multipass set local.bridged-network=<name>` to use the "bridged" shortcut.',
      "launch failed: Automatic network configuration not available for X. Consider using manual mode.",
      "launch failed: Repeated MAC address 52:54:00:00:00:01",
      "error: Bad network 'x'",
      "error: Invalid MAC address: X",
      "set failed: Cannot update instance settings; instance: x; reason: Need user authorization to bridge eth0",
    ],
  },
  {
    kind: "mount-failed",
    transient: false,
    said: [
      'Mount source path "/x" does not exist',
      'mount failed: The following errors occurred:\nunable to mount to "/"',
      'Source path "/nosuchdir" does not exist',
    ],
  },
  {
    kind: "not-supported",
    transient: false,
    said: [
      "Unknown option 'bogus'.",
      "suspend failed: The suspend feature is not implemented on this backend.",
      "mount failed: Mounts are disabled on this installation of Multipass.",
      "networks failed: The networks feature is not implemented on this backend.",
    ],
  },
  { kind: "instance-exists", transient: false, said: ['launch failed: instance "t1" already exists'] },
  {
    kind: "instance-preparing",
    transient: true,
    said: [
      'launch failed: instance "t1" is being prepared',
      "set failed: Cannot update instance settings; instance: x; reason: instance is being prepared",
    ],
  },
  {
    kind: "instance-missing",
    transient: false,
    said: [
      'info failed: The following errors occurred:\ninstance "nosuch" does not exist',
      'snapshot failed: instance "nosuch" does not exist',
      "mount failed: The following errors occurred:\ninstance 'nosuch' does not exist",
      "start failed: instance(s) missing\nInstance 'nosuch' does not exist.",
      "set failed: Cannot update instance settings; instance: x; reason: No such instance",
    ],
  },
  {
    kind: "instance-deleted",
    transient: false,
    said: [
      'stop failed: The following errors occurred:\ninstance "t1" is deleted',
      "start failed: instance(s) missing\nInstance 't' is deleted. Use 'recover' to recover it or 'purge' to permanently delete it.",
      "set failed: Cannot update instance settings; instance: x; reason: Instance is deleted",
    ],
  },
  {
    kind: "instance-unknown-state",
    transient: false,
    said: [
      "start failed: The following errors occurred:\nInstance 'x' is already running, but in an unknown state.\nTry to stop it first.",
      "exec failed: Cannot retrieve credentials in unknown state",
    ],
  },
  {
    kind: "instance-busy",
    transient: true,
    said: [
      "start failed: The following errors occurred:\nCannot start the instance 'x' while suspending.",
      "stop failed: Cannot shut down instance x while starting.\nUse --force to power it off.",
      "stop failed: The QEMU process did not finish within 300 seconds after being shutdown",
      "stop failed: timed out waiting for shutdown",
      `exec failed: "x" is scheduled to shut down in less than a minute, use 'multipass stop --cancel x'`,
    ],
  },
  {
    kind: "guest-start-timeout",
    transient: true,
    said: [
      "start failed: The following errors occurred:\nx: timed out waiting for response",
      "launch failed: The following errors occurred:\nt1: timed out waiting for response",
    ],
  },
  {
    kind: "guest-died",
    transient: true,
    said: [
      "start failed: The following errors occurred:\nInstance shutdown during start",
      "launch failed: The following errors occurred:\nx: shutdown called while starting",
    ],
  },
  {
    kind: "mount-support-missing",
    transient: false,
    said: [
      "start failed: The following errors occurred:\nError enabling mount support in 'x'",
      `mount failed: The following errors occurred:\nerror mounting "/x": Snap support needs to be installed in 't1' in order to support mounts.`,
    ],
  },
  {
    kind: "instance-not-running",
    transient: false,
    said: ["restart failed: Instance 'x' is not running", 'transfer failed: instance "x" is not running'],
  },
  {
    kind: "instance-suspended",
    transient: false,
    said: ["stop failed: Cannot shut down suspended instance t1.\nUse --force to power it off."],
  },
  { kind: "snapshot-missing", transient: false, said: ["delete failed: No such snapshot: x.s"] },
  {
    kind: "guest-connection-lost",
    transient: true,
    said: [
      "exec failed: failed to obtain exit status for remote process 'x': timed out after 5000 ms",
      "exec failed: [ssh client] could not obtain exit state: 'Socket error: disconnected'",
    ],
  },
  {
    kind: "image-locked",
    transient: false,
    said: [
      "delete failed: Internal error: qemu-img failed (Process returned exit code: 1) with output:\nqemu-img: Could not open '/x.img': Failed to get \"write\" lock",
      'start failed: failed to start qemu instance: qemu-system-x86_64: Failed to get shared "write" lock\nIs another process using the image [/x.img]?',
    ],
  },
  {
    kind: "guest-unreachable",
    transient: true,
    said: [
      "exec failed: ssh connection failed: 'Timeout connecting to 10.0.0.1'",
      "info failed: ssh failed to authenticate: 'Socket error: disconnected'",
      "info failed: IP not available",
      "restart failed: Reboot command exited with code 1",
    ],
  },
  {
    kind: "instance-not-stopped",
    transient: false,
    said: [
      "set failed: Cannot update instance settings; instance: t1; reason: Instance must be stopped for modification",
      "snapshot failed: Multipass can only take snapshots of stopped instances.",
      "clone failed: Multipass can only clone stopped instances.",
      "mount failed: Please stop the instance t1 before attempting native mounts.",
    ],
  },
  { kind: "snapshot-exists", transient: false, said: ["snapshot failed: Snapshot already exists: t1.s2"] },
  {
    kind: "already-mounted",
    transient: false,
    said: [`mount failed: The following errors occurred:\n"/x" is already mounted in 't1'`],
  },
  {
    kind: "mount-failed",
    transient: true,
    said: [
      'mount failed: The following errors occurred:\nerror mounting "/x": ssh failed',
      `umount failed: The following errors occurred:\nfailed to unmount "/x" from 't1': busy`,
    ],
  },
  {
    kind: "not-mounted",
    transient: false,
    said: [`umount failed: The following errors occurred:\npath "/x" is not mounted in 't1'`],
  },
  {
    kind: "guest-initialisation-timeout",
    transient: true,
    said: ["launch failed: The following errors occurred:\ntimed out waiting for initialization to complete"],
  },
  {
    kind: "client-timeout",
    transient: true,
    said: [
      "Timed out waiting for instance launch.",
      "Timed out waiting for the Multipass daemon to be ready.",
    ],
  },
  {
    kind: "port-conflict",
    transient: false,
    said: ["launch failed: dnsmasq died: 2. Ensure nothing is using port 53."],
  },
  {
    kind: "url-images-unsupported",
    transient: false,
    said: ["launch failed: http and file based images are not supported"],
  },
  {
    kind: "instance-busy",
    transient: false,
    said: ["start failed: The following errors occurred:\nCannot start the instance 'x' while unavailable."],
  },
  {
    // canonical/multipass#3345, #1524, #64, #4053.
    kind: "memory-full",
    transient: false,
    said: [
      "start failed: Start-VM : 'dev' failed to start.\nNot enough memory in the system to start the virtual machine dev.\nCould not initialize memory: Not enough memory resources are available to complete this operation. (0x8007000E).\nAt line:1 char:1\n+ Start-VM -Name dev\n    + CategoryInfo          : FromStdErr: (:) [Start-VM], VirtualizationException\n    + FullyQualifiedErrorId : OutOfMemory,Microsoft.HyperV.PowerShell.Commands.StartVM",
      // Hyper-V speaks the language of Windows.
      'launch failed: Start-VM : "dev" kann nicht gestartet werden. (0x8007000E).',
      "start failed: Start-VM : 2048 MB (0x800705AA).",
      "launch failed: The following errors occurred:\nqemu-system-x86_64: cannot set up guest memory 'pc.ram': Cannot allocate memory\ndev: shutdown called while starting",
      "start failed: The following errors occurred:\nCould not start VM: VBoxManage.exe: error: Out of memory condition when allocating memory with low physical backing. (VERR_NO_LOW_MEMORY)",
    ],
  },
  {
    kind: "hypervisor",
    transient: false,
    said: [
      // #3090: words of PowerShell that hold "Invalid" (InvalidArgument, InvalidParameter).
      'launch failed: Get-VM : Hyper-V was unable to find a virtual machine with name "dev".\nAt line:1 char:1\n+ Get-VM -Name dev\n    + CategoryInfo          : InvalidArgument: (dev:String) [Get-VM], VirtualizationException\n    + FullyQualifiedErrorId : InvalidParameter,Microsoft.HyperV.PowerShell.Commands.GetVM',
      "launch failed: Start-VM : 'dev' failed to start.\n'dev' Microsoft Virtual BIOS: the data is invalid (0x8007000D).\n    + CategoryInfo          : NotSpecified: (:) [Start-VM], VirtualizationException",
      "launch failed: Could not create VM",
      // #3580, #2881
      "launch failed: Synthetic Ethernet Port (Instance ID A3): Error 'Access is denied.'. Failed to allocate resources while connecting to a virtual network. The Ethernet switch may not exist.",
      // #3915, #2373, #2480
      "launch failed: Could not start VM: VBoxManage.exe: error: The virtual machine 'dev' has terminated unexpectedly during startup with exit code 1 (0x1).\nVBoxManage.exe: error: Details: code E_FAIL (0x80004005), component MachineWrap, interface IMachine",
      "launch failed: Could not start VM: VBoxManage.exe: error: Details: code VBOX_E_INVALID_OBJECT_STATE (0x80bb0007), component MachineWrap",
      "launch failed: Could not generate a new UUID: Process failed to start: The system cannot find the file specified.",
      "launch failed: Could not start VM: VBoxManage.exe: error: VT-x is not available (VERR_VMX_NO_VMX)",
      // #4285, #925
      "start failed: The following errors occurred:\nqemu-system-x86_64: -drive file=/x.img,if=none: Could not open '/x.img': Invalid argument\ndev: shutdown called while starting",
      "start failed: qemu-system-x86_64: Could not open '/x.img': Permission denied",
      "launch failed: Internal error: qemu-system-x86_64 failed getting vmstate (Process returned exit code: 1) with output:\nqemu-system-aarch64: -nographic: No machine specified",
      // #2599, #2929, #2222
      "launch failed: The following errors occurred:\nqemu-system-aarch64: -nic vmnet-shared,model=virtio-net-pci,mac=52:54:00:3a:8d:e3: cannot create vmnet interface: conflict, sharing service is in use\ndev: shutdown called while starting",
      "launch failed: The following errors occurred:\nqemu-system-x86_64: -nic vmnet-bridged,ifname=en5: cannot create vmnet interface: general failure (possibly not enough privileges)\ndev: shutdown called while starting",
      "start failed: The following errors occurred:\nFailed to start interface: generic failure\nHint: vmnet requires running with root access\ndev: shutdown called while starting",
    ],
  },
  {
    kind: "snap-refused",
    transient: false,
    said: [
      "/user.slice/user-1000.slice/session-4.scope is not a snap cgroup",
      "snap-confine has elevated permissions and is not confined but should be. Refusing to continue to avoid permission escalation attacks",
      "cannot create user data directory: /home/me/snap/multipass/15000: Permission denied",
      "Sorry, home directories outside of /home needs configuration.\nSee https://forum.snapcraft.io/t/11209 for details.",
    ],
  },
  {
    // #4325
    kind: "image-copy-failed",
    transient: false,
    said: [
      "launch failed: Failed to copy /Users/me/image.qcow2 to /var/root/Library/Application Support/multipassd/qemu/vault/instances/dev/image.qcow2",
    ],
  },
  {
    // #2587, #1090
    kind: "image-refused",
    transient: true,
    said: [
      "launch failed: failed to download from 'https://x.example/a.img': Error transferring https://x.example/a.img - server replied: Not Found",
      "launch failed: failed to download from 'https://x.example/a.img': server replied: Forbidden",
      "launch failed: failed to download from 'https://x.example/a.img': Error transferring https://x.example/a.img - server replied: Forbidden: body content-type denied",
      "launch failed: failed to download from 'https://x.example/a.img': Error transferring https://x.example/a.img - server replied: Gone",
      "launch failed: failed to download from 'https://x.example/a.img': Host requires authentication",
    ],
  },
  {
    // #4811, #2965, #2605
    kind: "image-server-untrusted",
    transient: true,
    said: [
      "find failed: failed to download from 'https://cdimage.ubuntu.com/a.img.xz': SSL handshake failed",
      "launch failed: failed to download from 'https://x.example/a.img': SSL handshake failed: The issuer certificate of a locally looked up certificate could not be found",
    ],
  },
  {
    kind: "download-failed",
    transient: true,
    said: [
      "launch failed: failed to download from 'https://x.example/a.img': Error transferring https://x.example/a.img - server replied: Service Unavailable",
      "launch failed: failed to download from 'https://x.example/a.img': Error transferring https://x.example/a.img - server replied:",
    ],
  },
  // Words with "invalid" in them that are about no argument.
  {
    kind: "unknown",
    transient: false,
    said: [
      "launch failed: invalid index object",
      "list failed: invalid certificate data",
      "launch failed: read: Invalid argument",
    ],
  },
  { kind: "unknown", transient: false, said: ["launch failed: the moon is in the wrong phase"] },
  {
    kind: "guest-access-denied",
    transient: true,
    said: [
      "exec failed: ssh failed to authenticate: 'Access denied for 'publickey'. Authentication that can continue: publickey'",
    ],
  },
];

/** What OpenSSH is known to say when it cannot reach a host. */
export const KNOWN_SSH_FAILURES: KnownFailure[] = [
  {
    kind: "host-unreachable",
    transient: true,
    said: [
      "ssh: connect to host lab2 port 22: Connection refused",
      "ssh: connect to host lab2 port 22: Connection timed out",
      "ssh: connect to host lab2 port 22: No route to host",
      "ssh: connect to host lab2 port 22: Network is unreachable",
      "ssh: Could not resolve hostname lab2: Temporary failure in name resolution",
      "ssh: Could not resolve hostname lab2: Try again\nConnection closed",
      "kex_exchange_identification: Connection closed by remote host\nConnection closed by 10.0.0.2 port 22",
      "Connection reset by 10.0.0.2 port 22",
      "Connection timed out during banner exchange",
      "Timeout, server lab2 not responding.",
      '"System is booting up. Please come back later."\nme@lab2: Permission denied (publickey).',
      '"System is going down."\nme@lab2: Permission denied (publickey).',
      "Unprivileged users are not permitted to log in yet.\nme@lab2: Permission denied (publickey).",
      "",
    ],
  },
  {
    kind: "host-unknown",
    transient: false,
    said: [
      "ssh: Could not resolve hostname lab2: Name or service not known",
      "ssh: Could not resolve hostname lab2: nodename nor servname provided, or not known",
      "ssh: Could not resolve hostname lab2: No such host is known. ",
    ],
  },
  {
    kind: "host-access-denied",
    transient: false,
    said: [
      "me@lab2: Permission denied (publickey).",
      "me@lab2: permission denied",
      "me@lab2: Permission denied (publickey,password,keyboard-interactive).",
      "Received disconnect from 10.0.0.2 port 22:2: Too many authentication failures",
      "sign_and_send_pubkey: no mutual signature supported",
      "This account is currently not available.",
      "This account is not available",
    ],
  },
  {
    kind: "host-key-refused",
    transient: false,
    said: [
      "Host key verification failed.",
      "No ED25519 host key is known for lab2 and you have requested strict checking.",
      "@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @",
    ],
  },
  {
    kind: "invalid-argument",
    transient: false,
    said: [
      "/home/me/.ssh/config: line 3: Bad configuration option: hots",
      "/home/me/.ssh/config: terminating, 1 bad configuration options",
      "Bad owner or permissions on /home/me/.ssh/config",
      "/home/me/.ssh/config: bad owner or permissions",
      'command-line: line 0: unsupported option "x".',
      'command-line line 0: unsupported option "x".',
    ],
  },
];
