import type * as pulumi from "@pulumi/pulumi";
import { deletedWithInstance, type InInstanceArgs, MultipassResource, providerOf } from "./base.ts";

/** The arguments of a {@link File}. Give exactly one of `content`, `source` and `directory`. */
export interface FileArgs extends InInstanceArgs {
  /** Path in the guest, relative to `/home/ubuntu`. Changing it replaces the file. */
  path: pulumi.Input<string>;
  /**
   * Content as a string. Updated in place. A secret stays a secret in the state and appears in no argument
   * list or log.
   */
  content?: pulumi.Input<string>;
  /**
   * File on the host, as a path or a Pulumi asset. A preview shows when its content has changed; it is
   * updated in place. An archive (a `FileArchive` of a folder, `.tar`, `.tgz` or `.tar.gz`, or an
   * `AssetArchive`) is copied like a `directory`.
   */
  source?: pulumi.Input<string | pulumi.asset.Asset | pulumi.asset.Archive>;
  /**
   * Folder on the host, whose files and sub-folders are copied into the folder `path`; links are followed.
   * Files that were copied earlier and are gone from it are removed; other files in `path` are left alone.
   * Updated in place. Replacing a file by a folder, or a folder by a file, replaces the resource.
   */
  directory?: pulumi.Input<string>;
  /**
   * Mode in octal digits. Default `"0644"`. Updated in place. Not allowed with a folder or archive: its
   * files get 0755 if they are executable on the host, else 0644.
   */
  mode?: pulumi.Input<string>;
  /** Owner, by name or number. Default: the guest's default user (`ubuntu`). Updated in place. */
  user?: pulumi.Input<string>;
  /** Group, by name or number. Default: the owner's group. Updated in place. */
  group?: pulumi.Input<string>;
  /** Whether to create missing parent folders. Default true. */
  parents?: pulumi.Input<boolean>;
  /**
   * `delete` (default): removed with the resource, or left with a warning in an instance that is not running.
   * `keep`: left in the guest.
   */
  deletionPolicy?: pulumi.Input<"delete" | "keep">;
}

const provider = providerOf("file");

/**
 * A file, or a whole folder, in a running instance.
 *
 * The content travels on stdin, so it does not matter which host folders a Multipass snap may read. Each file
 * is written completely, then moved into place with its owner and mode. `pulumi refresh` detects changes made
 * in the guest, and the next `up` reverts them.
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
export class File extends MultipassResource {
  /** Name of the instance. */
  declare readonly instance: pulumi.Output<string>;
  /** Absolute path in the guest. */
  declare readonly path: pulumi.Output<string>;
  /**
   * SHA-256 digest of the content in the guest; for a directory, of all its files together. Kept as a secret,
   * because short content could be guessed from it.
   */
  declare readonly sha256: pulumi.Output<string>;

  constructor(name: string, args: FileArgs, opts: pulumi.CustomResourceOptions = {}) {
    super(provider, "File", name, args, opts, {
      outputs: ["sha256"],
      options: deletedWithInstance(args.instance, {
        // Both resources name one file: deleting the old one last would delete the new content.
        deleteBeforeReplace: true,
        ...opts,
        additionalSecretOutputs: [...(opts.additionalSecretOutputs ?? []), "sha256"],
      }),
    });
  }
}
