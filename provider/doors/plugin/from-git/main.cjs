/** Starts the plugin from the npm package. Pulumi installs the package here and runs this file. */
const { join } = require("node:path");
const { pathToFileURL } = require("node:url");

const folder = join(require.resolve("pulumi-multipass/package.json"), "../dist/plugin");
import(pathToFileURL(join(folder, "pulumi-resource-multipass-lab")).href);
