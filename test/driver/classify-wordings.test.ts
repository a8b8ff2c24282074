/**
 * One text for each alternative of each row, and what the user is advised to do: without them a row could lose a wording, or its advice,
 * and no test would notice. `npm run mutation` finds what is missing here.
 */
import assert from "node:assert/strict";
import { classify } from "../../provider/driver/classify.ts";

const failed = (stderr: string) => classify({ command: "launch", exitCode: 2, stdout: "", stderr });

const WORDINGS: [said: string, kind: string, remedy?: RegExp][] = [
  ["dnsmasq died: 2", "port-conflict", /sport = :53/],
  ["Ensure nothing is using port 53.", "port-conflict", /sport = :53/],
  ["DNSMASQ failed to start", "port-conflict", /sport = :53/],
  ["cannot connect to the multipass socket", "daemon-unreachable", /snap services multipass/],
  [
    "failed to open file '/x/multipass_root_cert.pem': No such file or directory",
    "daemon-initialising",
    /certificate yet\. Check/,
  ],
  [
    "The client is not authenticated with the Multipass service.",
    "unauthenticated",
    /multipass authenticate/,
  ],
  ["missing socket file in address 'unix:'", "invalid-argument", /MULTIPASS_SERVER_ADDRESS/],
  ['Remote "" is unknown or unreachable.', "images-unreachable", /restarting Multipass/],
  ["more\nOperation canceled\nwords", "download-cancelled", /Another launch/],
  ["Downloaded image hash does not match", "image-hash-mismatch", /network-cache/],
  ["no space left on DEVICE", "disk-full", /Free disk space/],
  ["unable to write to file /x", "disk-full", /Free disk space/],
  ["Available disk (1 bytes) below minimum for this image (2 bytes)", "disk-full", /Free disk space/],
  ["Hypervisor is disabled", "hypervisor", /virtualisation/],
  ["the host needs to be rebooted in order for Hyper-V to work", "hypervisor", /virtualisation/],
  ["qemu-img failed (Process returned exit code: 1)", "hypervisor", /log says more/],
  ["Cannot resize instance image: x", "hypervisor", /log says more/],
  ["Cannot read image info: x", "hypervisor", /log says more/],
  ["Need a positive size.", "size-invalid", /never shrink/],
  ["Missing bridges", "network-invalid", /multipass networks/],
  ["Failure to bridge eth0", "network-invalid", /multipass networks/],
  ["The clone feature is not available", "not-supported", /another driver/],
  ["says:\nUnknown option 'zone'.", "not-supported", /too old or too new/],
  ["Cannot stop suspended instance x", "instance-suspended", /stop --force/],
  [
    "timed out waiting for initialization to complete",
    "guest-initialisation-timeout",
    /cloud-init status --long/,
  ],
  ["timed out waiting for response", "guest-start-timeout", /no address/],
  ["timed out waiting for VM shutdown", "instance-busy", /stop --force/],
  ["failed to obtain exit status for remote process 'x'", "guest-connection-lost", /check what it has done/],
  ["could not obtain exit state: 'x'", "guest-connection-lost", /check what it has done/],
  ["ssh failed to authenticate: 'x'", "guest-unreachable", /firewall/],
  ["failed to open session channel", "guest-unreachable", /firewall/],
  ["SSH unavailable", "guest-unreachable", /firewall/],
  ["Socket error: disconnected", "guest-unreachable", /firewall/],
  ["more words\nIP not available", "guest-unreachable", /firewall/],
  ["failed to download from 'https://x': y", "download-failed", /cannot reach/],
  ["Could not load cloud-init configuration: x", "invalid-argument", /valid YAML/],
  ["need a positive integer (in decimal format)", "invalid-argument"],
  ["Unable to query client", "invalid-argument"],
  ["http and file based images are not supported", "url-images-unsupported", /name an alias/],
  ["Reboot command exited with code 1", "guest-unreachable"],
  ["Cannot start the instance 'x' while unavailable", "instance-busy", /enable-zones/],
  ["Too many arguments supplied", "invalid-argument"],
  ["Not enough arguments given", "invalid-argument"],
  ["Cannot delete snapshots of deleted instances: x", "invalid-argument"],
  ["/user.slice is not a snap cgroup", "snap-refused", /enable-linger/],
  ["snap-confine has elevated permissions", "snap-refused", /snapd\.apparmor/],
  ["cannot create user data directory: /x: Permission denied", "snap-refused", /HOME must name/],
  ["Sorry, home directories outside of /home needs configuration.", "snap-refused", /HOME must name/],
  ["Failed to copy /a b/x.img to /c d/x.img", "image-copy-failed", /room for another copy/],
  ["not enough (0x8007000E)", "memory-full", /too little free memory/],
  ["Insufficient system resources (0x800705AA)", "memory-full", /ask for less/],
  ["FullyQualifiedErrorId : OutOfMemory,Microsoft", "memory-full", /ask for less/],
  ["cannot set up guest memory 'pc.ram': Cannot allocate memory", "memory-full", /ask for less/],
  ["VERR_NO_MEMORY", "memory-full", /ask for less/],
  ["VERR_NO_LOW_MEMORY", "memory-full", /ask for less/],
  ["VERR_EM_NO_MEMORY", "memory-full", /ask for less/],
  ["VBoxManage: error: VERR_SVM_DISABLED", "hypervisor", /firmware/],
  ["VBoxManage: error: VERR_NEM_VM_CREATE_FAILED", "hypervisor", /firmware/],
  ["cannot create vmnet interface: conflict, sharing service is in use", "hypervisor", /Internet Sharing/],
  ["virtio_net: Could not create vmnet interface, permission denied", "hypervisor", /Internet Sharing/],
  ["Hint: vmnet requires running with root access", "hypervisor", /Internet Sharing/],
  ["qemu-img: Could not open '/x.img': Permission denied", "hypervisor", /disk image/],
  ["Could not generate a new UUID: Process failed to start: x", "hypervisor", /cannot start VBoxManage/],
  ["Failed to run VBoxManage: x", "hypervisor", /cannot start VBoxManage/],
  ["failed to start qemu instance: error: Process failed to start: x", "hypervisor", /log says more/],
  ["Could not start VM: VBoxManage: error: x", "hypervisor", /vboxsup/],
  ["VBOX_E_INVALID_OBJECT_STATE", "hypervisor", /vboxsup/],
  ['Could not find the "Default Switch"', "hypervisor", /virtual switch.*Remove-HNSNetwork/],
  ["Failed to allocate resources while connecting to a virtual network.", "hypervisor", /virtual switch/],
  ["Hyper-V was unable to find a virtual machine with name x", "hypervisor", /removed outside/],
  ["InvalidParameter,Microsoft.HyperV.PowerShell.Commands.GetVM", "hypervisor", /removed outside/],
  ["    + CategoryInfo          : InvalidArgument: (x)", "hypervisor", /Hyper-V Manager/],
  ["Could not create VM x", "hypervisor", /Hyper-V Manager/],
  ["    + FullyQualifiedErrorId : Unspecified", "hypervisor", /Hyper-V Manager/],
  ["Could not resize - error executing powershell command.", "hypervisor", /Hyper-V Manager/],
  ["qemu-system-x86_64 failed getting vmstate (x)", "hypervisor", /log says more/],
  [
    "ssh failed to authenticate: 'Access denied for 'publickey'. Authentication that can continue: publickey'",
    "guest-access-denied",
    /Correct that and replace the instance/,
  ],
  ["failed to download from 'https://x': SSL handshake failed", "image-server-untrusted", /computer's store/],
  ["failed to download from 'https://x': TLS initialization failed", "image-server-untrusted", /authority/],
  ["failed to download from 'https://x': server replied: Not Found", "image-refused", /Correct the URL/],
  ["failed to download from 'https://x': server replied: Forbidden", "image-refused", /Correct the URL/],
  ["failed to download from 'https://x': server replied: Gone", "image-refused", /Correct the URL/],
  ["failed to download from 'https://x': server replied: Unauthorized", "image-refused", /Correct the URL/],
  [
    "failed to download from 'https://x': server replied: Unavailable For Legal Reasons",
    "image-refused",
    /Correct the URL/,
  ],
  ["failed to download from 'https://x': Host requires authentication", "image-refused", /Correct the URL/],
];

describe("every wording of a failure", () => {
  for (const [said, kind, remedy] of WORDINGS) {
    it(`${JSON.stringify(said)} is ${kind}`, () => {
      const error = failed(said);
      assert.equal(error.kind, kind);
      if (remedy) assert.match(error.remedy ?? "", remedy);
    });
  }

  it("removes only the command's own prefix, and only at the beginning of a line", () => {
    assert.equal(failed("launch failed: one\nerror: two").details, "one\ntwo");
    assert.equal(failed("so launch failed: one").details, "so launch failed: one");
  });

  it("drops the line that only announces others", () => {
    assert.equal(failed("start failed: The following errors occurred:\nthe moon").details, "the moon");
  });

  it("treats an interrupted reboot as transient", () => {
    assert.equal(failed("Reboot command exited with code 1").transient, true);
  });

  it("treats a refused key as transient, since SSH can answer before the key is in place", () => {
    assert.equal(failed("ssh failed to authenticate: 'Access denied for 'publickey'").transient, true);
  });

  it("shows each log record of the daemon on its own line if the client says nothing else", () => {
    const record = (text: string) => `[2026-11-23T10:00:00.000] [error] [qemu] ${text}`;
    assert.equal(failed(`${record("one")}\n${record("two")}`).details, `${record("one")}\n${record("two")}`);
  });

  it("drops repeated lines", () => {
    assert.equal(failed("one\none\ntwo").details, "one\ntwo");
  });
});
