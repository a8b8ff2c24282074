/** What stands between `//` and the last `@` before the host's name. */
const CREDENTIALS = /(?<=\/\/)[^\s/?#"<>]+@/g;

/** A text without the users and the passwords of its URLs. The daemon and its log quote a mirror's URL as it is. */
export function withoutCredentials(text: string): string {
  return text.replace(CREDENTIALS, "");
}
