import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { dirname } from "node:path";
import writeFileAtomic from "write-file-atomic";
import { crypter } from "./secrets.ts";

interface Entry {
  value: string;
  secret: boolean;
}

export type Config = Record<string, Entry>;

interface ConfigFile {
  salt: string;
  entries: Config;
}

/** The stack's configuration as set through the deployer, in a file of its own with encrypted secrets. */
export function openConfig(file: string, passphrase: string) {
  const stored: ConfigFile | undefined = existsSync(file)
    ? JSON.parse(readFileSync(file, "utf8"))
    : undefined;
  const by = crypter(passphrase, stored?.salt);
  const entries: Config = stored?.entries ?? {};
  return {
    all: (): Config =>
      Object.fromEntries(
        Object.entries(entries).map(([key, entry]) => [
          key,
          { ...entry, value: entry.secret ? by.decrypt(entry.value) : entry.value },
        ]),
      ),
    set(key: string, value: string, secret: boolean) {
      entries[key] = { value: secret ? by.encrypt(value) : value, secret };
      const content: ConfigFile = { salt: by.salt, entries };
      mkdirSync(dirname(file), { recursive: true });
      writeFileAtomic.sync(file, `${JSON.stringify(content, undefined, 2)}\n`, { mode: 0o600 });
    },
  };
}
