import { createHash } from "node:crypto";
import { RpcError } from "../cli/errors.ts";
import type { Capabilities } from "../version.ts";

/** An image that a simulated remote offers. */
export interface CatalogImage {
  readonly remote: string;
  readonly aliases: readonly string[];
  readonly os: string;
  readonly release: string;
  readonly version: string;
  readonly supported: boolean;
  readonly hash: string;
  readonly guestRelease: string;
  readonly url: string;
}

const ubuntu: [codename: string, release: string, title: string, point: string, aliases: string[]][] = [
  ["jammy", "22.04", "22.04 LTS", "22.04.5 LTS", []],
  ["noble", "24.04", "24.04 LTS", "24.04.3 LTS", ["lts", "default"]],
  ["questing", "25.10", "25.10", "25.10", []],
];

const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");

function image(
  remote: string,
  aliases: string[],
  os: string,
  release: string,
  version: string,
  guestRelease: string,
  url: string,
  supported = true,
): CatalogImage {
  return { remote, aliases, os, release, version, supported, hash: sha256(url + version), guestRelease, url };
}

function buildCatalog({ coreRemote, otherPublishers }: Capabilities): CatalogImage[] {
  const server = "https://cloud-images.ubuntu.com";
  const images = ubuntu.map(([codename, number, title, point, aliases]) =>
    image(
      "release",
      [number, codename, codename.slice(0, 1), ...aliases],
      "Ubuntu",
      title,
      "20260815",
      `Ubuntu ${point}`,
      `${server}/releases/${codename}/release-20260815/ubuntu-${number}-server-cloudimg-amd64.img`,
    ),
  );
  images.push(
    image(
      "release",
      ["20.04", "focal", "f"],
      "Ubuntu",
      "20.04 LTS",
      "20250624",
      "Ubuntu 20.04.6 LTS",
      `${server}/releases/focal/release-20250624/ubuntu-20.04-server-cloudimg-amd64.img`,
      false,
    ),
    image(
      "daily",
      ["26.04", "resolute", "devel"],
      "Ubuntu",
      "26.04 LTS",
      "20260820",
      "Ubuntu 26.04 LTS",
      `${server}/daily/resolute/20260820/resolute-server-cloudimg-amd64.img`,
    ),
    image(
      "daily",
      ["24.04", "noble", "lts"],
      "Ubuntu",
      "24.04 LTS",
      "20260820",
      "Ubuntu 24.04.3 LTS",
      `${server}/daily/noble/20260820/noble-server-cloudimg-amd64.img`,
    ),
  );
  images.push(
    coreRemote
      ? image(
          "core",
          ["core24"],
          "Ubuntu",
          "Core 24",
          "20260301",
          "Ubuntu Core 24",
          "https://cdimage.ubuntu.com/ubuntu-core/24/stable/current/ubuntu-core-24-amd64.img.xz",
        )
      : image(
          "",
          ["core22"],
          "Ubuntu",
          "Core 22",
          "20230717",
          "Ubuntu Core 22",
          "https://cdimage.ubuntu.com/ubuntu-core/22/stable/current/ubuntu-core-22-amd64.img.xz",
        ),
  );
  if (!otherPublishers) return images;
  images.push(
    image(
      "",
      ["debian", "trixie"],
      "Debian",
      "13 Trixie",
      "20260811",
      "Debian GNU/Linux 13 (trixie)",
      "https://cloud.debian.org/images/cloud/trixie/20260811/debian-13-genericcloud-amd64.qcow2",
    ),
    image(
      "",
      ["fedora"],
      "Fedora",
      "43",
      "1.6",
      "Fedora Linux 43 (Cloud Edition)",
      "https://download.fedoraproject.org/pub/fedora/Fedora-Cloud-Base-Generic-43-1.6.x86_64.qcow2",
    ),
  );
  return images;
}

/** The remotes and their images, and how to look up an argument of `launch` or `find` in them. */
export class Catalog {
  readonly images: readonly CatalogImage[];
  readonly remotes: readonly string[];

  constructor(caps: Capabilities) {
    this.images = buildCatalog(caps);
    this.remotes = ["release", "daily", "snapcraft", caps.coreRemote ? "core" : "appliance"];
  }

  checkRemote(remote: string): void {
    if (remote !== "" && !this.remotes.includes(remote)) {
      throw new RpcError(
        `Remote '${remote}' is not found. Please use \`multipass find\` for supported remotes and images.`,
      );
    }
  }

  /** The image that an alias, a release number, a codename or a prefix of a hash refers to. */
  resolve(remote: string, name: string): CatalogImage {
    const searched = remote === "" ? ["release", ""] : [remote];
    const candidates = this.images.filter((candidate) => searched.includes(candidate.remote));
    const exact = candidates.find(({ aliases }) => aliases.includes(name));
    if (exact) return exact;
    const byHash = /^[0-9a-f]+$/.test(name) ? candidates.filter(({ hash }) => hash.startsWith(name)) : [];
    if (byHash.length > 1) throw new RpcError(`Too many images matching "${name}"`);
    if (byHash[0]) return byHash[0];
    throw new RpcError(`Unable to find an image matching "${name}" in remote "${remote}".`);
  }
}

/** Describes an image given by URL or file, of which only the address is known. */
export function foreignImage(address: string): CatalogImage {
  const named = ubuntu.find(([codename, number]) => address.includes(codename) || address.includes(number));
  return image("", [], "", "", "", named ? `Ubuntu ${named[3]}` : "Ubuntu 24.04.3 LTS", address);
}
