import type { Deployer, StackOptions } from "./deployer.ts";
export async function cliStack(_o: StackOptions): Promise<Deployer> {
  throw new Error("not yet");
}
