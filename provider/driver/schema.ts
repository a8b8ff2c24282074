import * as v from "valibot";
import { MultipassError } from "./errors.ts";

/**
 * The shapes of Multipass's `--format json`, for 1.13 to 1.17. Keys that a version lacks are optional.
 * Unknown keys are allowed, so that a newer Multipass does not break an older package. Source:
 * canonical/multipass `src/client/cli/formatter/json_formatter.cpp`, and recordings of a 1.17 daemon.
 */

const zone = v.optional(v.looseObject({ name: v.string(), available: v.boolean() }));

/** 1.16 prints `N/A` for an unknown address; 1.17 omits it. */
const ipv4 = v.pipe(
  v.array(v.string()),
  v.transform((addresses) => addresses.filter((address) => address !== "N/A")),
);

export const listSchema = v.looseObject({
  list: v.array(v.looseObject({ name: v.string(), state: v.string(), ipv4, release: v.string(), zone })),
});

const mount = v.looseObject({
  source_path: v.string(),
  uid_mappings: v.optional(v.array(v.string()), []),
  gid_mappings: v.optional(v.array(v.string()), []),
});

const snapshot = v.looseObject({ created: v.optional(v.string(), "") });

const instance = v.looseObject({
  state: v.string(),
  image_hash: v.string(),
  image_release: v.string(),
  release: v.string(),
  cpu_count: v.string(),
  snapshot_count: v.optional(v.string()),
  disks: v.record(v.string(), v.looseObject({ total: v.optional(v.string()) })),
  memory: v.looseObject({ total: v.optional(v.number()) }),
  ipv4,
  mounts: v.record(v.string(), mount),
  zone,
});

export const infoSchema = v.looseObject({ info: v.record(v.string(), instance) });

export const snapshotsSchema = v.looseObject({
  info: v.record(v.string(), v.looseObject({ snapshots: v.record(v.string(), snapshot) })),
});

/** `list --snapshots`: the snapshots are directly below the instance. */
export const snapshotListSchema = v.looseObject({
  info: v.record(
    v.string(),
    v.record(v.string(), v.looseObject({ parent: v.string(), comment: v.string() })),
  ),
});

export const versionSchema = v.looseObject({ multipass: v.string(), multipassd: v.optional(v.string()) });

export const findSchema = v.looseObject({
  images: v.record(
    v.string(),
    v.looseObject({
      os: v.string(),
      release: v.string(),
      version: v.string(),
      aliases: v.array(v.string()),
      remote: v.string(),
    }),
  ),
});

export const networksSchema = v.looseObject({
  list: v.array(v.looseObject({ name: v.string(), type: v.string(), description: v.string() })),
});

export const aliasesSchema = v.looseObject({
  "active-context": v.string(),
  contexts: v.record(
    v.string(),
    v.record(
      v.string(),
      v.looseObject({
        instance: v.string(),
        command: v.string(),
        "working-directory": v.optional(v.string(), "map"),
      }),
    ),
  ),
});

/** The user's aliases by context, and the active context. */
export type Aliases = v.InferOutput<typeof aliasesSchema>;
export type ListedSnapshot = v.InferOutput<typeof snapshotListSchema>["info"][string][string];
export type ListedInstance = v.InferOutput<typeof listSchema>["list"][number];
export type InstanceInfo = v.InferOutput<typeof instance>;

/** `cloud-init status --format json`, run in the guest. Ubuntu 20.04 has only the first keys. */
export const cloudInitSchema = v.looseObject({
  status: v.string(),
  extended_status: v.optional(v.string()),
  detail: v.optional(v.string()),
  errors: v.optional(v.array(v.string()), []),
  recoverable_errors: v.optional(v.record(v.string(), v.array(v.string())), {}),
});

/**
 * Parses `text` as JSON of the given shape.
 *
 * @param isQuotable whether the error may quote the beginning of the text. A secret that is cut in two could
 *   no longer be recognised.
 * @throws MultipassError of kind `bad-output` that names the invalid key and quotes the text's beginning
 */
export function parseJson<const S extends v.GenericSchema>(
  schema: S,
  text: string,
  command: string,
  isQuotable = true,
): v.InferOutput<S> {
  const shown = isQuotable ? text : undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    // The parser's message quotes the text as well.
    const reason = isQuotable ? `not JSON (${(cause as Error).message})` : "its answer is not JSON";
    throw badOutput(command, reason, shown, cause);
  }
  const result = v.safeParse(schema, value);
  if (result.success) return result.output;
  const issue = result.issues[0];
  throw badOutput(command, `${v.getDotPath(issue) ?? "the document"}: ${issue.message}`, shown);
}

function badOutput(
  command: string,
  reason: string,
  text: string | undefined,
  cause?: unknown,
): MultipassError {
  const beginning = text && text.length > 200 ? `${text.slice(0, 200)}…` : text;
  return new MultipassError(`Unable to read the output of "multipass ${command}"`, {
    kind: "bad-output",
    // A client that was interrupted prints half an answer; the next call's answer is complete.
    transient: true,
    details: beginning === undefined ? reason : `${reason}; it printed ${JSON.stringify(beginning)}`,
    remedy:
      "If this repeats, run the command yourself and report what it prints, with the version of Multipass.",
    cause,
  });
}
