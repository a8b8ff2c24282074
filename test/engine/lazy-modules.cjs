/**
 * Preloaded into the SDK's processes. The SDK loads these packages at its start, which takes most of the
 * start's processor time, but a provider process never uses them, and a program seldom. So they load when
 * they are first used.
 */
const Module = require("node:module");

const LAZY = new Set(["@npmcli/arborist", "typescript"]);
const load = Module._load;

Module._load = function (request, ...rest) {
  if (!LAZY.has(request)) return load.call(this, request, ...rest);
  // Fails now if the package is missing: the SDK then uses one that it brings.
  Module._resolveFilename(request, ...rest);
  let loaded;
  const get = () => {
    loaded ??= load.call(this, request, ...rest);
    return loaded;
  };
  return new Proxy(
    {},
    {
      // This keeps the import helpers of compiled TypeScript from copying every export.
      get: (_, name) => name === "__esModule" || get()[name],
      has: (_, name) => name in get(),
    },
  );
};
