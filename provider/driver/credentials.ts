/** Everything between `//` and the last `@` before the host name. */
const CREDENTIALS = /(?<=\/\/)[^\s/?#"<>]+@/g;

/**
 * Removes user names and passwords from the URLs in a text. The daemon and its log quote a mirror's URL
 * unchanged.
 */
export function withoutCredentials(text: string): string {
  return text.replace(CREDENTIALS, "");
}
