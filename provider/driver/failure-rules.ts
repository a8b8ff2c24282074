/**
 * What Multipass's messages mean. The first matching row decides, so the order of the rows matters. The table
 * stays in one file, however long it grows.
 *
 * Messages are from 1.13 to 1.17. Source: canonical/multipass `src/client`, `src/daemon`, and recordings of a
 * 1.17 daemon.
 */
import type { ErrorKind } from "./errors.ts";

/** One row: a message of Multipass, and what it means for the caller. */
interface FailureRule {
  pattern: RegExp;
  kind: ErrorKind;
  transient: boolean;
  remedy: string | undefined;
}

const rows =
  (transient: boolean) =>
  (kind: ErrorKind, pattern: RegExp, remedy?: string): FailureRule => ({ kind, pattern, transient, remedy });
/** A failure that may end without any change by the user. */
const transient = rows(true);
/** A failure that lasts until the user changes something, as any that no row knows. */
const permanent = rows(false);

const LOGS =
  "Multipass's own log says more (Linux: `journalctl -u 'snap.multipass*'`; macOS: `sudo less /Library/Logs/Multipass/multipassd.log`; Windows: Event Viewer, Windows Logs, Application, source Multipass).";
const VIRTUALBOX =
  "Check that VirtualBox itself can start a virtual machine, and update it. On Windows its driver may be stopped: run `sc.exe start vboxsup` as administrator (canonical/multipass#3915).";
const SERVICE =
  "Check that Multipass's service runs (Linux: `snap services multipass`; macOS: `sudo launchctl print system/com.canonical.multipassd`; Windows: `Get-Service Multipass`).";

/** Advice for a server whose certificate the daemon does not accept. */
export const UNTRUSTED =
  "The daemon does not trust the server's certificate, which is common where a company's proxy re-signs HTTPS. Install its certificate authority in this computer's store, since the daemon runs as root or SYSTEM and does not see your user's: Linux `/usr/local/share/ca-certificates` and `sudo update-ca-certificates`; macOS the System keychain; Windows `Local Computer > Trusted Root Certification Authorities`. Then restart Multipass. A wrong clock causes the same error.";

/** Advice for a server that refuses a request. */
export const REFUSED =
  "The server answers, but does not serve this file. Correct the URL, or make the file readable without a login; `curl --head URL` shows its answer.";

/** The first matching row decides. */
export const FAILURE_RULES: readonly FailureRule[] = [
  // The snap refuses to start its client.
  permanent(
    "snap-refused",
    /is not a snap cgroup/,
    "Snaps start only in a session that systemd tracks. From cron, a CI agent or `su`, run `loginctl enable-linger USER` once and set DBUS_SESSION_BUS_ADDRESS=unix:path=/run/user/UID/bus, or run Pulumi in a login session.",
  ),
  permanent(
    "snap-refused",
    /snap-confine has elevated permissions/,
    "AppArmor has not loaded the snap's profile. Run `sudo systemctl enable --now apparmor snapd.apparmor`; if that does not help, `sudo systemctl restart apparmor snapd.apparmor`.",
  ),
  permanent(
    "snap-refused",
    /cannot create user data directory|[Hh]ome directories outside of \/home/,
    "The snap keeps its settings in ~/snap, so HOME must name a folder under /home that this user can write to. See https://snapcraft.io/docs/home-outside-home for other places.",
  ),

  // The daemon, and access to it.
  permanent(
    "port-conflict",
    /dnsmasq died|Ensure nothing is using port 53|dnsmasq failed to start/i,
    "Another program holds port 53 on Multipass's bridge, often a dnsmasq that an aborted daemon left behind. Find it with `sudo ss -lpn 'sport = :53'`, end it, and restart Multipass.",
  ),
  transient("daemon-unreachable", /cannot connect to the multipass socket/, SERVICE),
  transient(
    "daemon-initialising",
    /failed to open file '[^']*multipass_root_cert\.pem': No such file/,
    `The daemon has not created its certificate yet. ${SERVICE}`,
  ),
  permanent(
    "access-denied",
    /multipass_root_cert\.pem/,
    "This user cannot read Multipass's certificate. Run as a user who can, or repair the file's permissions.",
  ),
  permanent(
    "access-denied",
    /multipass socket access denied/,
    "Add your user to the group that owns the socket (`sudo`, `admin` or `wheel`) and log in again, or run one Multipass command as such a user first.",
  ),
  permanent(
    "unauthenticated",
    /(?:user|client) is not authenticated with the Multipass service/,
    "Run `multipass authenticate` with the passphrase that a trusted user has set (`multipass set local.passphrase`).",
  ),
  permanent("unauthenticated", /Passphrase is not correct|[Ii]ncorrect passphrase|Passphrase is not set/),
  permanent(
    "invalid-argument",
    /(?:missing socket file|missing port number|invalid port number) in address/,
    "Correct the environment variable MULTIPASS_SERVER_ADDRESS: `unix:/path/to/socket` or `host:port`.",
  ),

  // Images and the network behind them.
  transient(
    "images-unreachable",
    /Remote "[^"]*" is unknown or unreachable/,
    "The daemon has no image list. It retries by itself, 5 s after its start and then less and less often, up to 15 minutes apart; restarting Multipass makes it retry at once.",
  ),
  transient("images-unreachable", /cannot connect to the image servers|Unable to find images for remote/),
  permanent(
    "url-images-unsupported",
    /http and file based images are not supported/,
    "This driver launches images of `multipass find` only: name an alias, or choose another driver.",
  ),
  permanent(
    "image-unknown",
    /Remote '[^']*' is not found/,
    "`multipass find` lists the available remotes and images.",
  ),
  permanent(
    "image-unknown",
    /Unable to find an image matching/,
    "`multipass find --show-unsupported` lists the available images.",
  ),
  permanent(
    "image-unknown",
    /Too many images matching|Must specify an image when specifying a remote/,
    "Name one image: an alias or release of `multipass find`, a longer hash, or a file:// or https:// URL that exists.",
  ),
  permanent(
    "image-unknown",
    /Custom image `.*` does not exist|Invalid file URL|File "[^"]*" not found/,
    "Name an image file by its absolute path on the computer that runs Multipass. With `host`, `file://` is a path on that host: copy the image there first.",
  ),
  transient(
    "download-cancelled",
    /^Operation canceled$/m,
    "Another launch, with which this one shared a download, was ended.",
  ),
  transient(
    "image-hash-mismatch",
    /[Hh]ash of .* does not match|image hash does not match/,
    "If this repeats, a proxy or Multipass's cache is stale: stop Multipass, delete the folder `network-cache` of its cache, and start it.",
  ),
  permanent(
    "image-copy-failed",
    /Failed to copy .+ to .+/,
    "The daemon could not copy the image into the instance's folder. Check that the disk has room for another copy, that the daemon may read the file (a snap sees no hidden folders and has a /tmp of its own), and that no folder of a failed launch is in the way.",
  ),

  // The hypervisor and the host.
  permanent(
    "disk-full",
    /Available disk \(\d+ bytes\) below minimum|No space left on device|unable to write to file/i,
    "Free disk space on the host, then try again.",
  ),
  // Hyper-V's messages are localised; only its codes are the same everywhere.
  permanent(
    "memory-full",
    /0x8007000E|0x800705AA|: OutOfMemory,|Cannot allocate memory|VERR_(?:EM_)?NO_(?:LOW_)?MEMORY/,
    "The host has too little free memory to start this instance. Stop other instances or programs, or ask for less (`memory`).",
  ),
  transient("hypervisor", /Process operation timed out/, LOGS),
  permanent(
    "hypervisor",
    /KVM support is not enabled|KVM device cannot be opened|Hyper-V service|Hypervisor is disabled|Virtualization (?:support|is not supported)|needs to be rebooted in order for Hyper-V|VERR_(?:VMX|SVM|NEM)_/,
    "Enable virtualisation in the firmware and let this user use it (Linux: /dev/kvm, group kvm).",
  ),
  permanent(
    "hypervisor",
    /Another virtual machine manager is currently running/,
    "Stop the other virtual machine manager.",
  ),
  // Quoted by qemu and qemu-img. A "shared" lock also comes with a log record about the image list.
  permanent(
    "image-locked",
    /Failed to get "\w+" lock|Is another process using the image/,
    "Stop the instance (`multipass stop NAME`): it locks its image while it runs. If it is stopped, a qemu process that an aborted daemon left behind locks it: end that process.",
  ),
  permanent(
    "hypervisor",
    /cannot create vmnet interface|Could not create vmnet interface|vmnet requires running with root/,
    "macOS refuses the virtual network. Turn off Internet Sharing (System Settings > General > Sharing), and leave out a network in `networks` that macOS cannot bridge, such as an iPhone or a USB adapter. If neither applies, restart the Mac.",
  ),
  permanent(
    "hypervisor",
    /Could not open '[^']*'/,
    `QEMU cannot open the instance's disk image. Check that the file exists, is intact (\`qemu-img check FILE\`), and lies where Multipass may read it. ${LOGS}`,
  ),
  permanent(
    "hypervisor",
    /Could not [^:\n]+: Process failed to start|Failed to run VBoxManage/,
    "Multipass cannot start VBoxManage. Install VirtualBox in its default folder, restart the Multipass service, and check `multipass get local.driver`.",
  ),
  permanent("hypervisor", /VBoxManage(?:\.exe)?: error|VBOX_E_/, VIRTUALBOX),
  permanent(
    "hypervisor",
    /connecting to a virtual network|Default Switch/,
    'Hyper-V\'s virtual switch is missing, broken or closed to Multipass. As administrator, remove it in PowerShell with `Get-HNSNetwork | ? Name -Like "Default Switch" | Remove-HNSNetwork`, then restart Windows, which creates it again. A VPN, virus scanner or firewall that filters Hyper-V networks can block it, too.',
  ),
  permanent(
    "hypervisor",
    /Hyper-V was unable to find a virtual machine|Microsoft\.HyperV\.PowerShell\.Commands\.GetVM/,
    "Hyper-V does not have this virtual machine, so it was removed outside Multipass. Remove the instance (`multipass delete --purge NAME`) and run `pulumi up` again.",
  ),
  permanent(
    "hypervisor",
    /CategoryInfo +:|FullyQualifiedErrorId|executing powershell command|Could not create VM/i,
    `Hyper-V refused. Check in Hyper-V Manager that a virtual machine of this size can be created and started. ${LOGS}`,
  ),
  permanent(
    "hypervisor",
    /qemu-system-\w+ failed getting vmstate|Failed to set firewall rule|failed to start qemu instance|qemu quit unexpectedly|cannot start VM without an image|qemu-img failed|Failed to convert image format|Cannot resize instance image|Cannot read image info/,
    LOGS,
  ),

  // Sizes, names and networks that the daemon refuses.
  permanent(
    "size-invalid",
    /Invalid (?:memory|disk) size value supplied|is not a valid memory size|Disk can only be expanded|minimum not allowed|Need a positive size|Requested disk \(\d+ bytes\) below minimum/,
    "Sizes are written as `512M` or `2.5G`. A disk can grow, never shrink.",
  ),
  permanent(
    "network-invalid",
    /network options|Missing bridges|as bridged interface|"bridged" shortcut|Automatic network configuration|Repeated MAC address|Need user authorization to bridge|Failure to bridge|Bad network|Invalid MAC address/,
    "`multipass networks` lists the available networks. A bridge that Multipass would have to create first needs your consent: run `multipass launch --network …` once in a terminal.",
  ),

  // Features that this backend or version lacks.
  permanent(
    "not-supported",
    /feature is not implemented on this backend|The clone feature/,
    "Choose another driver (`multipass get local.driver`), or leave this out.",
  ),
  permanent(
    "not-supported",
    /Unknown command or alias|^Unknown option/m,
    "This version of Multipass is too old or too new for it. `multipass version` shows the version.",
  ),
  permanent(
    "not-supported",
    /Mounts are disabled on this installation/,
    "Enable them with `multipass set local.privileged-mounts=true` (this restarts the daemon).",
  ),

  // Instances: missing, existing, or in the wrong state.
  transient("instance-preparing", /instance "[^"]*" is being prepared|reason: instance is being prepared/),
  permanent("instance-exists", /instance "[^"]*" already exists/),
  permanent(
    "snapshot-missing",
    /No such snapshot/,
    "`multipass list --snapshots` lists the existing snapshots.",
  ),
  permanent("snapshot-exists", /Snapshot already exists/),
  permanent("instance-missing", /[Ii]nstance ["'][^"']*["'] does not exist|reason: No such instance/),
  permanent(
    "instance-deleted",
    /[Ii]nstance ["'][^"']*["'] is deleted|reason: Instance is deleted/,
    "`multipass recover NAME` brings it back; `multipass delete --purge NAME` removes it for good.",
  ),
  permanent(
    "instance-suspended",
    /Cannot shut down suspended instance|Cannot stop suspended instance/,
    "`multipass start NAME` resumes it, so that it can shut down; `multipass stop --force NAME` powers it off and loses what it had in memory.",
  ),
  permanent(
    "instance-unknown-state",
    /in an unknown state|Cannot retrieve credentials in unknown state/,
    "Multipass has lost contact with it. `multipass stop --force NAME`, then `multipass start NAME`.",
  ),
  transient(
    "instance-busy",
    /Cannot shut down instance \S+ while (?:starting|suspending)|Cannot start the instance '[^']*' while suspending|scheduled to shut down/,
  ),
  permanent(
    "instance-not-stopped",
    /Instance must be stopped|of stopped instances|Please stop the instance \S+ before|only clone stopped instances/,
  ),
  permanent("instance-not-running", /Instance '[^']*' is not running|instance "[^"]*" is not running/),

  // Waiting for the guest.
  transient(
    "guest-initialisation-timeout",
    /timed out waiting for initialization to complete/,
    "The instance runs, and cloud-init continues in it. Allow more time (`timeouts.create`), or look at `multipass exec NAME -- cloud-init status --long`.",
  ),
  transient(
    "guest-start-timeout",
    /timed out waiting for response/,
    "The instance started but cannot be reached: no address (firewall, VPN, port 53), or too little memory on the host.",
  ),
  transient("guest-died", /[Ii]nstance shutdown during start|shutdown called while starting/, LOGS),
  transient("guest-unreachable", /Reboot command exited with code/),
  permanent(
    "instance-busy",
    /Cannot start the instance '[^']*' while unavailable/,
    "Its availability zone is disabled; `multipass enable-zones` enables it.",
  ),
  transient("client-timeout", /Timed out waiting for (?:instance|the Multipass daemon)/),
  transient(
    "instance-busy",
    /did not finish within|timed out waiting for (?:VM )?shutdown/,
    "The guest did not shut down in time; `multipass stop --force NAME` powers it off.",
  ),

  // Mounts. They must precede SSH messages, which they may quote.
  permanent(
    "mount-support-missing",
    /Snap support needs to be installed|Error enabling mount support/,
    "Install snapd or sshfs in the guest (for instance with cloudInit), or use a native mount.",
  ),
  permanent("already-mounted", /is already mounted in/),
  permanent("not-mounted", /is not mounted in/),
  permanent(
    "mount-failed",
    /[Ss]ource path "[^"]*" (?:does not exist|is not a directory|is not readable)/,
    "Create the folder on the host, and let Multipass read it (a snap sees no hidden folders).",
  ),
  permanent(
    "mount-failed",
    /unable to mount to/,
    "Choose another target; Multipass refuses system folders and the home folder itself.",
  ),
  transient("mount-failed", /error mounting|failed to unmount/),

  // SSH into the guest. Once a command has started, nobody knows how far it got; a retry might run it twice.
  transient(
    "guest-connection-lost",
    /failed to obtain exit status for remote process|could not obtain exit state/,
    "The command may still be running in the guest: check what it has done.",
  ),
  // Transient, since SSH may answer early in a boot, before the key is in place.
  transient(
    "guest-access-denied",
    /Access denied for '/,
    "The guest answers and refuses Multipass's key, usually because of `cloudInit`: `users` without `default`, a user `ubuntu` of its own, a changed `authorized_keys`, or `AllowUsers` in sshd's configuration. Correct that and replace the instance (`pulumi up --replace URN`): no command of Multipass can repair it from outside.",
  ),
  transient(
    "guest-unreachable",
    /ssh connection failed|ssh failed to authenticate|failed to open session channel|SSH unavailable|^IP not available|Socket error: disconnected/m,
    "A firewall, a VPN or (macOS) a missing permission for the local network can block the way to the guest.",
  ),

  // Downloads. They come last of the transient rows, since their messages quote other causes.
  transient(
    "image-server-untrusted",
    /failed to download from .*(?:SSL handshake failed|TLS initialization failed)/,
    UNTRUSTED,
  ),
  transient(
    "image-refused",
    /failed to download from .*(?:server replied: (?:Not Found|Forbidden|Gone|Unauthorized|Unavailable For Legal)|Host requires authentication)/,
    REFUSED,
  ),
  transient("download-failed", /failed to download from/, "The host cannot reach the image server."),

  // Requests that the client itself refuses.
  permanent("invalid-argument", /Could not load cloud-init configuration/, "`cloudInit` must be valid YAML."),
  permanent(
    "invalid-argument",
    /(?:^|\n|Error: )[Ii]nvalid (?:setting|value|driver|hostname|format|remote|CPU count|instance name|snapshot name|destination instance|UID|GID|target path|arguments|server address|working_directory|timeout)|is an invalid id|Unrecognized settings key|has to be a positive|need a positive integer|Unable to query client|Too many arguments supplied|Not enough arguments given|Cannot delete snapshots of deleted instances|No AZ with name|no AZ is available|Name argument or --all/,
  ),
];

/** What ssh says when it cannot reach a host. Source: OpenSSH 7.6 to 9.9. */
export const SSH_RULES: readonly FailureRule[] = [
  transient(
    "host-unreachable",
    /System is (?:booting up|going down)|Unprivileged users are not permitted to log in yet/,
    "The host is starting or shutting down, and lets nobody in yet.",
  ),
  permanent(
    "host-key-refused",
    /Host key verification failed|REMOTE HOST IDENTIFICATION HAS CHANGED|No \S+ host key is known/,
    "ssh does not know this host's key, or knows another one. Compare the key with the host's own (`ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub` on that host), then run `ssh HOST` once in a terminal to accept it. If the host was installed anew, remove its old key with `ssh-keygen -R HOST` first.",
  ),
  transient(
    "host-unreachable",
    /Temporary failure in name resolution|Try again$/m,
    "This computer cannot resolve names now. Right after a boot, wait until its network is up.",
  ),
  permanent(
    "host-unknown",
    /Could not resolve hostname/,
    "Correct the host's name in `host`, or give it a `HostName` in ~/.ssh/config; `ssh -G HOST` shows what ssh makes of it.",
  ),
  permanent(
    "host-access-denied",
    /Permission denied|Too many authentication failures|no mutual signature|This account is (?:currently )?not available/i,
    "The host does not accept a key of yours. Passwords are never asked for: add your public key with `ssh-copy-id HOST`, load a key with a passphrase into the agent (`ssh-add`), and name the right user in `host`, such as `user@lab2`.",
  ),
  permanent(
    "invalid-argument",
    /Bad configuration option|[Bb]ad owner or permissions|command-line(?:: |,? )line \d+|terminating, \d+ bad configuration/,
    "Correct your ssh configuration (~/.ssh/config); `ssh -G HOST` shows how ssh reads it.",
  ),
];
