import { execaSync } from "execa";

interface Installed {
  name: string;
  /** Path in `node_modules`. */
  location: string;
  license?: string;
}

/** Dependencies of both packages: the one at the root, and the simulator, which is a workspace. */
const OURS = ":root > .prod, :root > .prod *, .workspace > .prod, .workspace > .prod *";
/**
 * The lock file lists it as a development dependency, because the tests need it. Users must install it too,
 * with its own dependencies.
 */
const PEER = '[name="@pulumi/pulumi"], [name="@pulumi/pulumi"] *';

/**
 * Packages that users install with ours: dependencies, and the peer with its own. Reads only the lock file,
 * so it needs no network.
 */
export function installedWithThis(): Installed[] {
  const { stdout } = execaSync("npm", ["query", "--package-lock-only", `${OURS}, ${PEER}`]);
  return JSON.parse(stdout);
}
