/**
 * Whether a text can name a host for `ssh`: `host`, `user@host` or `ssh://user@host:port`.
 *
 * Never one that begins with a hyphen, which would be an option, nor one with a space, a control character or
 * a character of a shell: ssh inserts the name into the commands of the user's configuration (`ProxyCommand`).
 */
export function isDestination(text: string): boolean {
  return /^(?:ssh:\/\/)?[A-Za-z0-9_][A-Za-z0-9_.@:%+~[\]-]*$/.test(text) && text.length <= 255;
}
