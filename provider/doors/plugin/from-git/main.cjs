/** Starts the plugin of the package on npm: Pulumi installs it here, and runs this file. */
const { join } = require("node:path");
const { pathToFileURL } = require("node:url");

const folder = join(require.resolve("pulumi-multipass/package.json"), "../dist/plugin");
import(pathToFileURL(join(folder, "pulumi-resource-multipass-lab")).href);
