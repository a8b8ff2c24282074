import * as v from "valibot";
import { text } from "../common.ts";
import type { CheckFailure } from "../description.ts";
import { hasUnknown } from "../unknown.ts";

const mac = v.pipe(
  v.string(),
  v.regex(/^(?:[0-9a-fA-F]{2}:){5}[0-9a-fA-F]{2}$/, 'is not a MAC address: write it as "52:54:00:4b:ab:cd"'),
);

/** A network for `launch --network name=…,mode=…,mac=…`. The separators cannot be escaped. */
export const network = v.strictObject({
  name: v.pipe(
    text,
    v.regex(
      /^[^,=]*$/,
      "contains a comma or an equals sign, which Multipass reads as the start of another field; give only a name from `multipass networks`, and use `mode` and `mac` for the rest",
    ),
  ),
  mode: v.optional(v.picklist(["auto", "manual"], 'must be "auto" or "manual"')),
  mac: v.optional(mac),
});

export const networkFlags = (networks: v.InferOutput<typeof network>[]) =>
  networks.flatMap(({ name, mode, mac }) => [
    "--network",
    [`name=${name}`, mode && `mode=${mode}`, mac && `mac=${mac}`].filter(Boolean).join(","),
  ]);

/** Conflicts between networks that are valid on their own. */
export function clashingNetworks({
  bridged,
  networks,
}: {
  bridged?: boolean;
  networks?: v.InferOutput<typeof network>[];
}): CheckFailure[] {
  if (!Array.isArray(networks)) return [];
  const failures: CheckFailure[] = [];
  const first = new Map<string, number>();
  for (const [index, one] of networks.entries()) {
    if (typeof one !== "object" || one === null) continue;
    const fail = (part: string, reason: string) =>
      failures.push({ property: `networks[${index}].${part}`, reason });
    if (bridged === true && one.name === "bridged") {
      const effect = "so the instance would get that network twice; leave one of the two out";
      fail("name", `is already attached by \`bridged: true\`, ${effect}`);
    }
    if (typeof one.mac !== "string" || hasUnknown(one.mac)) continue;
    const other = first.get(one.mac.toLowerCase());
    if (other === undefined) first.set(one.mac.toLowerCase(), index);
    else {
      const remedy = "give each network its own, or leave it out for a random one";
      fail("mac", `is also used by networks[${other}]; ${remedy}`);
    }
  }
  return failures;
}
