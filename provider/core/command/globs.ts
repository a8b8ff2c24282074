/** Where to look for files: a path, and how many levels below it. */
export interface Search {
  from: string;
  depth: number | undefined;
}

/**
 * The patterns of @pulumi/command, which come from github.com/gobwas/glob: `**` matches any characters, and
 * all others match none of the slashes. Later rules win, so a later `!` excludes what was matched before.
 */
export function selection(patterns: readonly string[]): (path: string) => boolean {
  const rules = patterns.map((pattern) => {
    const excludes = pattern.startsWith("!");
    const matches = expressionOf(relative(excludes ? pattern.slice(1) : pattern));
    // `**` selects what is in the working directory, even if another pattern looks elsewhere.
    return excludes || pattern.startsWith("/")
      ? { matches, excludes }
      : { matches: new RegExp(`^(?!/)${matches.source}`, "s"), excludes };
  });
  return (path) => rules.findLast(({ matches }) => matches.test(path))?.excludes === false;
}

/** The smallest parts of the guest's files that hold everything that patterns can match. */
export function searches(patterns: readonly string[]): Search[] {
  return patterns
    .filter((pattern) => !pattern.startsWith("!"))
    .map((pattern) => {
      const parts = relative(pattern).split("/");
      const plain = parts.findIndex((part) => /[*?[{\\]/.test(part));
      if (plain < 0) return { from: parts.join("/"), depth: 0 };
      // Alternatives in braces may contain slashes, and so may the negation of a class.
      const isDeep = /\*\*|\{|\[/.test(pattern);
      const from = parts.slice(0, plain).join("/");
      return {
        from: from || (pattern.startsWith("/") ? "/" : "."),
        depth: isDeep ? undefined : parts.length - plain,
      };
    });
}

/** Results carry no leading `./`. */
const relative = (pattern: string) => pattern.replace(/^(?:\.\/+)+/, "");

function expressionOf(pattern: string): RegExp {
  let source = "";
  let depth = 0;
  for (let at = 0; at < pattern.length; at += 1) {
    const sign = pattern[at] as string;
    const set = sign === "[" ? /^\[(!?)([^\]]+)\]/.exec(pattern.slice(at)) : null;
    if (set) {
      const [all, not, signs = ""] = set;
      source += `[${not ? "^/" : ""}${signs.replace(/[\\\]^]/g, "\\$&")}]`;
      at += all.length - 1;
    } else if (sign === "*") {
      const isDeep = pattern[at + 1] === "*";
      source += isDeep ? "[^]*" : "[^/]*";
      while (pattern[at + 1] === "*") at += 1;
    } else if (sign === "?") source += "[^/]";
    else if (sign === "{" && pattern.includes("}", at)) {
      depth += 1;
      source += "(?:";
    } else if (sign === "}" && depth > 0) {
      depth -= 1;
      source += ")";
    } else if (sign === "," && depth > 0) source += "|";
    else {
      const plain = sign === "\\" ? (pattern[++at] ?? "\\") : sign;
      source += plain.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
    }
  }
  return new RegExp(`^(?:${source})${")".repeat(depth)}$`, "s");
}
