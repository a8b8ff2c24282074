import * as pulumi from "@pulumi/pulumi";
import { deletedWithMachine, hiddenInputs, type MachineArgs, MODULE, nameInMultipass } from "./base.ts";

/** The arguments of a {@link File}. Exactly one of `content`, `source` and `directory`. */
export interface FileArgs extends MachineArgs {
  /** Path in the guest; a relative one starts from `/home/ubuntu`. A change makes another file. */
  path: pulumi.Input<string>;
  /** Text. Changed in place. Where it is a secret it stays one in the state, and no argument list or log shows it. */
  content?: pulumi.Input<string>;
  /** A file of the host, by its path or as a Pulumi asset. A change of what is in it shows in the preview, and is made in place. */
  source?: pulumi.Input<string | pulumi.asset.Asset>;
  /**
   * A folder of the host, whose files are put into the folder `path`, sub-folders too. Files that were put there and are no longer in it are
   * removed; files that somebody else put there are left alone. Changed in place; a folder in place of a file, or a file in place of a folder,
   * replaces the resource.
   */
  directory?: pulumi.Input<string>;
  /**
   * Octal digits. Default `"0644"`. Changed in place. Not with `directory`, whose files are 0755 where they can be executed on the host, else
   * 0644.
   */
  mode?: pulumi.Input<string>;
  /** Whom it belongs to, by name or number. Default: the guest's default user (`ubuntu`). Changed in place. */
  user?: pulumi.Input<string>;
  /** Group that it belongs to, by name or number. Default: the user's own. Changed in place. */
  group?: pulumi.Input<string>;
  /** Whether folders above it that are missing are made. Default true. */
  parents?: pulumi.Input<boolean>;
  /** `delete` (default): removed with the resource. `keep`: left where it is. */
  deletionPolicy?: pulumi.Input<"delete" | "keep">;
}

const TYPE = "File";

/** See `instance.ts`: captures nothing, one line a method. */
const provider: pulumi.dynamic.ResourceProvider = {
  check: (olds, news) => import("pulumi-multipass/runtime").then(({ file }) => file.check(olds, news)),
  diff: (id, olds, news) => import("pulumi-multipass/runtime").then(({ file }) => file.diff(id, olds, news)),
  create: (inputs) => import("pulumi-multipass/runtime").then(({ file }) => file.create(inputs)),
  read: (id, props) => import("pulumi-multipass/runtime").then(({ file }) => file.read(id, props)),
  update: (id, olds, news) =>
    import("pulumi-multipass/runtime").then(({ file }) => file.update(id, olds, news)),
  delete: (id, props) => import("pulumi-multipass/runtime").then(({ file }) => file.delete(id, props)),
};

/**
 * A file, or a whole folder, in a machine that runs.
 *
 * It goes there by way of stdin, so that it does not matter what a snap of Multipass may read. It is written as a whole and moved into
 * place with its owner and mode. What is changed in the guest shows at the next `pulumi refresh` and is put right by the next `up`.
 *
 * @example
 * ```ts
 * new multipass.File("nginx.conf", {
 *   instance: vm,
 *   path: "/etc/nginx/conf.d/app.conf",
 *   source: "./nginx.conf",
 *   user: "root",
 * });
 * ```
 * @example
 * ```ts
 * new multipass.File("key", {
 *   instance: vm,
 *   path: ".ssh/id_ed25519",
 *   content: config.requireSecret("deployKey"),
 *   mode: "0600",
 * });
 * new multipass.File("site", { instance: vm, path: "/srv/www", directory: "./public" });
 * ```
 */
export class File extends pulumi.dynamic.Resource {
  /** Name of the machine. */
  declare readonly instance: pulumi.Output<string>;
  /** Absolute path in the guest. */
  declare readonly path: pulumi.Output<string>;
  /** Digest of what is in the guest, of all files together for a directory. Kept as a secret, since it would give away a short one. */
  declare readonly sha256: pulumi.Output<string>;

  constructor(name: string, args: FileArgs, opts: pulumi.CustomResourceOptions = {}) {
    super(
      provider,
      name,
      {
        sha256: undefined,
        ...args,
        ...hiddenInputs(TYPE, name, args, opts),
        instance: nameInMultipass(args.instance),
      },
      deletedWithMachine(args.instance, {
        // Two of one path are one and the same file: the old one's removal must not come after the new one.
        deleteBeforeReplace: true,
        ...opts,
        additionalSecretOutputs: [...(opts.additionalSecretOutputs ?? []), "sha256"],
      }),
      MODULE,
      TYPE,
    );
  }
}
