import { pathToFileURL } from "node:url";
import type { CheckFailure } from "../description.ts";
import { closest } from "../did-you-mean.ts";
import { isUnknown } from "../unknown.ts";

/** Multipass's remotes (`src/daemon/daemon_config.cpp`); `appliance` until 1.16, `core` since. */
const REMOTES = ["release", "daily", "snapcraft", "core", "appliance"];

/** Remotes of LXD and Docker, which offer the same images under the same names. */
const ELSEWHERE = ["ubuntu", "images", "docker"];

const CODENAMES =
  /^(?:trusty|xenial|bionic|focal|jammy|kinetic|lunar|mantic|noble|oracular|plucky|questing|resolute|devel|lts)$/;

/** Checks the form of an image's name, which needs no image list. */
export function imageForm(image: unknown): CheckFailure[] {
  if (typeof image !== "string" || image === "" || isUnknown(image)) return [];
  const reason = "is not the name or URL of an image";
  const meant = meantBy(image);
  if (meant === undefined) return [];
  const ifSecret = { property: "image", reason: `${reason}. Names look like 24.04, noble or daily:24.04` };
  return [{ property: "image", reason: `${reason}: did you mean \`${meant}\`?`, ifSecret }];
}

/** Multipass's name for an image with another tool's name; undefined if the given name may be right. */
function meantBy(image: string): string | undefined {
  if (/^(?:file|https?):\/\//i.test(image)) return undefined;
  if (/^[./]|\.(?:img|qcow2)$/.test(image)) return pathToFileURL(image).href;
  const [, remote, name = ""] = /^(?:([^:]*):)?(.*)$/s.exec(image) ?? [];
  const release = releaseIn(name);
  if (remote === undefined) return release === image ? undefined : release;
  if (ELSEWHERE.includes(remote.toLowerCase()))
    return release ?? (name === "" || name === "latest" ? "lts" : name);
  const known = REMOTES.includes(remote) ? remote : closest(remote, REMOTES);
  const meant = known === undefined ? image : `${known}:${release ?? name}`;
  return meant === image ? undefined : meant;
}

/** The release in `ubuntu-24.04`, `24.4`, `24.04.3`, `24.04 LTS` or `Noble Numbat`. */
function releaseIn(name: string): string | undefined {
  const plain = name.toLowerCase().replace(/^ubuntu(?:[-_/ ]|(?=\d))/, "");
  const [, year, month = ""] = /^(1[4-9]|[2-9]\d)\.(04|10|4|1)(?:\.\d+)?(?:[-_ ]?lts)?$/.exec(plain) ?? [];
  if (year !== undefined) return `${year}.${{ 4: "04", 1: "10" }[month] ?? month}`;
  const [first = ""] = plain.split(/[-_/ ]/);
  return CODENAMES.test(first) && (first === plain || name !== name.toLowerCase()) ? first : undefined;
}
