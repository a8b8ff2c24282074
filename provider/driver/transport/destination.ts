/**
 * Whether a text can name a host for `ssh`: `host`, `user@host` or `ssh://user@host:port`.
 *
 * Refuses a name that begins with a hyphen, because ssh would read it as an option. Refuses spaces, control
 * characters and special characters of a shell, because ssh inserts the name into commands such as
 * `ProxyCommand`.
 */
export function isDestination(text: string): boolean {
  return /^(?:ssh:\/\/)?[A-Za-z0-9_][A-Za-z0-9_.@:%+~[\]-]*$/.test(text) && text.length <= 255;
}
