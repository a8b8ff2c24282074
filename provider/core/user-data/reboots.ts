/** What ends the guest in the middle of cloud-init, where it stands as a command. */
const PROGRAM =
  /(?:reboot|poweroff|halt|shutdown(?!\s+-c\b)|(?:tel)?init\s+[06]|systemctl\s+(?:-\S+\s+)*(?:reboot|poweroff|halt|kexec))/;

/** A command at the beginning of a line or behind what separates or introduces commands in a shell. */
const COMMAND = new RegExp(
  String.raw`(?:^|[;&|({])\s*(?:(?:sudo|exec|nohup|then|do|else|!)\s+(?:-\S+\s+)*)*(?:/(?:usr/)?s?bin/)?${PROGRAM.source}(?=$|[\s;&|)}])`,
  "m",
);

/** Whether a shell command reboots the guest or shuts it down. */
export function endsGuest(command: string): boolean {
  return COMMAND.test(command);
}
