/** Commands that end the guest, even while cloud-init is still running. */
const PROGRAM =
  /(?:reboot|poweroff|halt|shutdown(?!\s+-c\b)|(?:tel)?init\s+[06]|systemctl\s+(?:-\S+\s+)*(?:reboot|poweroff|halt|kexec))/;

/** A command at the start of a line, or after a shell's separator or a word that introduces a command. */
const COMMAND = new RegExp(
  String.raw`(?:^|[;&|({])\s*(?:(?:sudo|exec|nohup|then|do|else|!)\s+(?:-\S+\s+)*)*(?:/(?:usr/)?s?bin/)?${PROGRAM.source}(?=$|[\s;&|)}])`,
  "m",
);

/** Whether a shell command reboots the guest or shuts it down. */
export function endsGuest(command: string): boolean {
  return COMMAND.test(command);
}
