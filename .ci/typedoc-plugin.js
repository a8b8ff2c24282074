import { mkdirSync, readFileSync, writeFileSync } from "node:fs";

/**
 * Makes the README the landing page. The reference is a folder of the website, whose pages are made from `docs`; what is not on the website
 * is not linked.
 */
function landingPage() {
  const page = readFileSync("README.md", "utf8")
    .replaceAll("](docs/images/", "](../docs/images/")
    .replace(/(?<!!)\[([^\]]+)\]\((?!https?:|#|\.\.\/)([^)]+)\)/g, (_, text, target) => {
      const [, name, anchor = ""] = /^docs\/(.*)\.md(#.*)?$/.exec(target) ?? [];
      if (name === undefined) return text;
      return `[${text}](${process.env.DOCS_BASE ?? "/"}${name.replace(/(^|\/)README$/, "$1index")}.html${anchor})`;
    });
  mkdirSync("build", { recursive: true });
  writeFileSync("build/landing-page.md", page);
  return "build/landing-page.md";
}

/** What readers install, by the folder of its entry point. */
const PACKAGES = { provider: "pulumi-multipass", "simulator/src": "multipass-simulator" };

/**
 * A fault plan's type is inferred from its schema, once for what goes in and once for what comes out, so TypeDoc meets every comment of it
 * twice, at one and the same line, and warns that it takes one of them. That warning, and no other, says nothing here.
 */
export function load(app) {
  const warn = app.logger.warn.bind(app.logger);
  app.logger.warn = (text, ...rest) => {
    if (!String(text).includes("multiple declarations with a comment")) warn(text, ...rest);
  };
  app.on("bootstrapEnd", () => app.options.setValue("readme", landingPage()));
  app.converter.on("resolveBegin", ({ project }) => {
    for (const module of project.children ?? []) module.name = PACKAGES[module.name] ?? module.name;
  });
}
