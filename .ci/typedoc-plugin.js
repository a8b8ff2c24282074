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
  app.converter.on("resolveBegin", ({ project }) => {
    for (const module of project.children ?? []) module.name = PACKAGES[module.name] ?? module.name;
  });
}
