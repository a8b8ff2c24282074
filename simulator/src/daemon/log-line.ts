/** A log record as the client prints it, with its local time. */
export function logLine(category: string, text: string): string {
  const now = new Date();
  const local = new Date(now.getTime() - now.getTimezoneOffset() * 60_000);
  return `[${local.toISOString().slice(0, 23)}] [error] [${category}] ${text}\n`;
}
