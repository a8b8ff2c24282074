import { execaSync } from "execa";

interface Installed {
  name: string;
  /** Path in `node_modules`. */
  location: string;
  license?: string;
}

/** Of both packages: the one at the top, and the simulator, which is a workspace. */
const OURS = ":root > .prod, :root > .prod *, .workspace > .prod, .workspace > .prod *";
/** The lock file has it among the development's, since the tests need it; users have to install it, and with it all that it brings. */
const PEER = '[name="@pulumi/pulumi"], [name="@pulumi/pulumi"] *';

/** What users install with these packages: their dependencies, and the peer with its own. By the lock file, so it needs no network. */
export function installedWithThis(): Installed[] {
  const { stdout } = execaSync("npm", ["query", "--package-lock-only", `${OURS}, ${PEER}`]);
  return JSON.parse(stdout);
}
