/**
 * Runs `npm audit` on what users install. Without a network, or with a registry that answers no audits, it
 * says so and fails only in the workflows, which have both.
 */
import { execaSync } from "execa";
import { installedWithThis } from "./installed.ts";

interface Vulnerability {
  name: string;
  severity: string;
  /** Paths in `node_modules`. */
  nodes: string[];
}

// Not `--omit=dev`: that omits the peer dependency, which is installed here for the tests.
const { stdout } = execaSync("npm", ["audit", "--json"], { reject: false });
const found = vulnerabilities(stdout);
if (found === undefined) {
  console.log("*** NOT AUDITED: the registry could not be asked for known vulnerabilities ***");
  process.exitCode = process.env["GITHUB_ACTIONS"] ? 1 : 0;
} else {
  const locations = new Set(installedWithThis().map(({ location }) => location));
  const grave = found.filter(
    ({ severity, nodes }) =>
      ["moderate", "high", "critical"].includes(severity) && nodes.some((node) => locations.has(node)),
  );
  console.log(
    `${grave.length} known vulnerabilities, moderate or worse, in the ${locations.size} packages that users install`,
  );
  if (grave.length > 0) console.log(JSON.stringify(grave, null, 2));
  process.exitCode = grave.length > 0 ? 1 : 0;
}

function vulnerabilities(report: string): Vulnerability[] | undefined {
  try {
    const { vulnerabilities } = JSON.parse(report) as { vulnerabilities?: Record<string, Vulnerability> };
    return vulnerabilities && Object.values(vulnerabilities);
  } catch {
    return undefined;
  }
}
