import { createCipheriv, createDecipheriv, randomBytes, scryptSync } from "node:crypto";
import { isObject, isSecret, type Props, SECRET, SIGNATURE, transformProps, type Value } from "./values.ts";

/** Encrypts secrets in the state file with a key derived from a passphrase. */
export interface Crypter {
  /** Stored beside the encrypted data, because the key cannot be derived without it. */
  readonly salt: string;
  encrypt(text: string): string;
  decrypt(text: string): string;
}

const ALGORITHM = "aes-256-gcm";

export function crypter(passphrase: string, salt = randomBytes(16).toString("base64")): Crypter {
  const key = scryptSync(passphrase, Buffer.from(salt, "base64"), 32);
  return {
    salt,
    encrypt(text) {
      const iv = randomBytes(12);
      const cipher = createCipheriv(ALGORITHM, key, iv);
      const body = Buffer.concat([cipher.update(text, "utf8"), cipher.final()]);
      return [iv, cipher.getAuthTag(), body].map((part) => part.toString("base64")).join(":");
    },
    decrypt(text) {
      const [iv, tag, body] = text.split(":").map((part) => Buffer.from(part, "base64"));
      if (!iv || !tag || !body) throw new Error("Unable to decrypt a secret: its text is damaged");
      const decipher = createDecipheriv(ALGORITHM, key, iv);
      decipher.setAuthTag(tag);
      try {
        return Buffer.concat([decipher.update(body), decipher.final()]).toString("utf8");
      } catch (cause) {
        throw new Error("Unable to decrypt a secret: wrong passphrase", { cause });
      }
    },
  };
}

export const sealProps = (props: Props, by: Crypter): Props => {
  const seal = (value: Value): Value => {
    if (isSecret(value)) {
      const plain = JSON.stringify((value as Props)["value"] ?? null);
      return { [SIGNATURE]: SECRET, ciphertext: by.encrypt(plain) };
    }
    if (Array.isArray(value)) return value.map(seal);
    if (isObject(value)) return sealProps(value, by);
    return value;
  };
  return Object.fromEntries(Object.entries(props).map(([key, value]) => [key, seal(value)]));
};

export const openProps = (props: Props, by: Crypter): Props =>
  transformProps(props, (value) => {
    if (!isSecret(value)) return value;
    const plain: Value = JSON.parse(by.decrypt(String((value as Props)["ciphertext"])));
    return { [SIGNATURE]: SECRET, value: plain };
  });
