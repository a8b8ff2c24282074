import { readFileSync } from "node:fs";
import { hostPath } from "./check.ts";

/** How Pulumi marks an asset among plain values. Source: pulumi/pulumi `sdk/nodejs/runtime/rpc.ts`. */
const SIGNATURE = "4dabf18193072939515e22adb298388d";
const ASSET = "c44067f5952c0a294b673a41bacd8c17";

/**
 * The bytes of a Pulumi asset; undefined of what is none.
 *
 * @throws Error whose message says what is wrong with it
 */
export function readAsset(value: object): Buffer | undefined {
  const asset = value as { [SIGNATURE]?: string; path?: string; text?: string };
  if (asset[SIGNATURE] !== ASSET) return undefined;
  if (asset.text !== undefined) return Buffer.from(asset.text);
  if (asset.path !== undefined) return readHostFile(asset.path);
  throw new Error("has to be a file or a text if it is an asset");
}

/** @throws Error whose message says that it cannot be read */
export function readHostFile(path: string): Buffer {
  try {
    return readFileSync(hostPath(path));
  } catch (error) {
    throw new Error(`names a file that cannot be read: ${(error as Error).message}`);
  }
}
