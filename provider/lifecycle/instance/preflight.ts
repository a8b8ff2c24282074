import { MultipassError } from "../../multipass/errors.ts";
import { parseSize } from "../../multipass/size.ts";
import { capabilities } from "../../multipass/version.ts";
import type { Context } from "../context.ts";
import type { InstanceInputs } from "./model.ts";

/** Refuses what the installed version would refuse, in words that name the property. */
export async function refuseWhatThisVersionCannot(
  ctx: Context,
  inputs: InstanceInputs,
  headline = `Unable to launch instance "${inputs.name}"`,
): Promise<void> {
  const { client } = await ctx.host.version({ signal: ctx.signal });
  const { minimumMemory, minimumDisk, zones } = capabilities(client);
  const refuse = (property: string, reason: string, remedy: string) => {
    throw new MultipassError(headline, {
      kind: "invalid-argument",
      details: `${property}: ${reason} (Multipass ${client.text})`,
      remedy,
    });
  };
  const tooSmall = (value: string | undefined, minimum: number) =>
    value !== undefined && (parseSize(value) ?? minimum) < minimum;
  const inMiB = (bytes: number) => `${bytes / 1024 ** 2}M`;
  if (tooSmall(inputs.memory, minimumMemory)) {
    refuse(
      "memory",
      `${inputs.memory} is less than the minimum of ${inMiB(minimumMemory)}`,
      `Ask for ${inMiB(minimumMemory)} or more.`,
    );
  }
  if (tooSmall(inputs.disk, minimumDisk)) {
    refuse(
      "disk",
      `${inputs.disk} is less than the minimum of ${inMiB(minimumDisk)}`,
      `Ask for ${inMiB(minimumDisk)} or more.`,
    );
  }
  if (inputs.zone !== undefined && !zones) {
    refuse(
      "zone",
      "this version has no availability zones",
      "Leave `zone` out, or install Multipass 1.17 or newer.",
    );
  }
}
