import { formatOf } from "../cli/args.ts";
import { ClientExit } from "../cli/errors.ts";
import { toTable } from "../cli/format.ts";
import type { CatalogImage } from "../daemon/images.ts";
import type { Multipassd } from "../daemon/multipassd.ts";
import { type Command, formatOption } from "./command.ts";

interface Found {
  key: string;
  aliases: string[];
  image: CatalogImage;
}

async function search(daemon: Multipassd, argument: string, unsupported: boolean): Promise<Found[]> {
  const separator = argument.indexOf(":");
  const remote = separator < 0 ? "" : argument.slice(0, separator);
  const text = argument.slice(separator + 1);
  daemon.catalog.checkRemote(remote);
  // After a forced update that failed, the daemon treats its empty list as good.
  if (!daemon.imageList.loaded) return [];
  const prefix = (image: CatalogImage) =>
    image.remote === "" || image.remote === "release" ? "" : `${image.remote}:`;
  if (text !== "") {
    try {
      const image = daemon.catalog.resolve(remote, text);
      const key = image.aliases.includes(text) ? text : image.hash.slice(0, 12);
      return [{ key: prefix(image) + key, aliases: [], image }];
    } catch {
      return [];
    }
  }
  const shown = (image: CatalogImage) =>
    (unsupported || image.supported) &&
    (remote === "" ? image.remote !== "daily" || unsupported : image.remote === remote);
  return daemon.catalog.images.filter(shown).map((image) => {
    const [first = "", ...others] = image.aliases.filter((alias) => alias.length > 1 && alias !== "default");
    return { key: prefix(image) + first, aliases: others, image };
  });
}

export const find: Command = {
  options: (caps) => [
    formatOption,
    { names: ["show-unsupported"] },
    { names: ["force-update"] },
    ...(caps.legacyOptions ? [{ names: ["only-images"] }, { names: ["only-blueprints"] }] : []),
  ],
  async run(context, args) {
    const format = formatOf(args);
    if (args.positional.length > 1) throw new ClientExit("Wrong number of arguments");
    const daemon = await context.daemon();
    const look = async () => {
      if (args.has("force-update")) await daemon.imageList.forceUpdate();
      else await daemon.imageList.find();
      return search(daemon, args.positional[0] ?? "", args.has("show-unsupported"));
    };
    const found = await context.logged(daemon, () => daemon.main.run(look));
    const images = Object.fromEntries(
      found.map(({ key, aliases, image: { os, release, version, remote } }) => [
        key,
        { aliases, os, release, remote, version },
      ]),
    );
    const blueprints = context.caps.blueprints ? { "blueprints (deprecated)": {} } : {};
    if (format === "json") {
      context.printJson({ ...blueprints, errors: [], images });
    } else if (found.length === 0) {
      context.out("No images found.\n");
    } else {
      const rows = found.map(({ key, aliases, image }) => [
        key,
        aliases.join(","),
        image.version,
        `${image.os} ${image.release}`,
      ]);
      context.out(toTable([["Image", "Aliases", "Version", "Description"], ...rows]));
    }
    return 0;
  },
};
