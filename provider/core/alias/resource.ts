import { MultipassError } from "../../driver/errors.ts";
import type { Aliases } from "../../driver/schema.ts";
import { type CheckResult, validate } from "../check.ts";
import { difference, needsUpdate, type Properties } from "../description.ts";
import { partsOf } from "../import.ts";
import { requireInstance } from "../instances.ts";
import type { Operation } from "../operation/operation.ts";
import { DescribedResource } from "../resource.ts";
import { isUnknown } from "../unknown.ts";
import { ALIAS, type AliasInputs, type AliasState } from "./model.ts";

export const alias = new DescribedResource<AliasInputs, AliasState>({
  id: ({ context, name }) => `${context}.${name}`,
  manages: ({ name }) => ({ property: "name", of: ["alias", name] }),
  check: (_olds, news) => checkAlias(news),
  diff: (olds, news) => difference(olds, news, ALIAS),
  create: (op, inputs) => op.under(`Unable to create alias "${inputs.name}"`, () => make(op, inputs)),
  read: readAlias,
  update: updateAlias,
  delete: deleteAlias,
  import: {
    form: "CONTEXT.ALIAS, such as default.ls",
    known: (id) => partsOf(id, "context", ".", "name"),
    found(_op, { workingDirectory, ...outs }) {
      const { context: _, ...inputs } = outs;
      const own = workingDirectory === "default" ? { workingDirectory } : {};
      return { inputs: { ...inputs, ...own }, outs: { ...outs, ...own } };
    },
    async list({ driver }, options) {
      const { contexts } = await driver.listAliases(options);
      return Object.entries(contexts).flatMap(([context, aliases]) =>
        Object.keys(aliases).map((name) => `${context}.${name}`),
      );
    },
  },
  outcome: ({ name }) => `"${name}" is set`,
});

/** Validates the arguments. The default name is the command's own, as in `multipass alias`. */
export function checkAlias(args: Properties): CheckResult<AliasInputs> {
  const { name: given, command } = args;
  // An invalid command yields no name, and is reported itself.
  const isOwn = given === undefined && typeof command === "string" && /^\S+$/.test(command);
  const own = isOwn ? { name: isUnknown(command) ? command : command.split("/").at(-1) } : {};
  const { inputs, failures } = validate(ALIAS, { ...args, ...own });
  for (const failure of failures) {
    if (isOwn && failure.property === "name") {
      failure.reason += ". It defaults to the last part of `command`, which does not fit: set `name`";
    }
  }
  // The name is only missing if the command is invalid, which is reported itself.
  return { inputs: { ...inputs, name: inputs.name as string }, failures };
}

function make(op: Operation, inputs: AliasInputs): Promise<AliasState> {
  const { name, instance, command } = inputs;
  // The client keeps all aliases in one file: of two simultaneous changes, one would be lost.
  return op.aloneWithAll("aliases", async () => {
    // If the instance is missing, `alias` does not say so: it only complains about the list.
    await requireInstance(op, instance);
    const all = await aliasesOf(op);
    const context = all["active-context"];
    const there = all.contexts[context]?.[name];
    const map = inputs.workingDirectory !== "default";
    if (there) {
      const same = there.instance === instance && there.command === command;
      if (same && there["working-directory"] === (map ? "map" : "default")) return { ...inputs, context };
      throw new MultipassError(`Alias "${name}" already exists`, {
        kind: "alias-exists",
        details: `it stands for ${there.instance}:${there.command}`,
        remedy: `Choose another name, or remove it with \`multipass unalias ${name}\`.`,
      });
    }
    await op.patiently((options) => op.multipass.driver.addAlias({ name, instance, command, map }, options));
    return { ...inputs, context };
  });
}

/** Multipass cannot change an alias, so the old one is removed and a new one made. */
async function updateAlias(op: Operation, olds: AliasState, news: AliasInputs): Promise<AliasState> {
  if (!needsUpdate(difference(olds, news, ALIAS))) return { ...news, context: olds.context };
  return op.under(`Unable to change alias "${news.name}"`, async () => {
    await remove(op, olds);
    return make(op, news);
  });
}

async function readAlias(op: Operation, state: AliasState): Promise<AliasState | undefined> {
  const all = await op.under(`Unable to read alias "${state.name}"`, () => aliasesOf(op));
  const there = all.contexts[state.context]?.[state.name];
  if (!there) return undefined;
  const { instance, command } = there;
  const workingDirectory = there["working-directory"] === "default" ? "default" : "map";
  return { ...state, instance, command, workingDirectory };
}

async function deleteAlias(op: Operation, state: AliasState): Promise<void> {
  const isOurs = ({ instance, command }: Aliased) => instance === state.instance && command === state.command;
  await op.under(`Unable to remove alias "${state.name}"`, () => remove(op, state, isOurs));
}

type Aliased = Aliases["contexts"][string][string];

/** @param isOurs whether the existing alias is the one to remove; default: any */
function remove(
  op: Operation,
  { name, context }: AliasState,
  isOurs: (there: Aliased) => boolean = () => true,
): Promise<void> {
  return op.aloneWithAll("aliases", async () => {
    const all = await aliasesOf(op);
    const there = all.contexts[context]?.[name];
    // Purging the instance has already removed it for the user who purged it.
    if (!there) return;
    if (!isOurs(there)) {
      op.log.info(
        `left alias "${name}" alone: somebody else has pointed it to ${there.instance}:${there.command}`,
      );
      return;
    }
    const full = all["active-context"] === context ? name : `${context}.${name}`;
    await op.patiently((options) => op.multipass.driver.removeAlias(full, options));
  });
}

function aliasesOf(op: Operation): Promise<Aliases> {
  return op.patiently((options) => op.multipass.driver.listAliases(options));
}
