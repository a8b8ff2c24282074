/**
 * `npm audit` of what users install, where there is somebody to ask: without a network, or with a registry that answers no audits, it says so
 * and fails nothing.
 */
import { execaSync } from "execa";

const { stdout } = execaSync("npm", ["audit", "--omit=dev", "--json"], { reject: false });
const found = counts(stdout);
if (found === undefined) {
  console.log("*** NOT AUDITED: the registry could not be asked for known vulnerabilities. ***");
} else {
  const grave = (found["moderate"] ?? 0) + (found["high"] ?? 0) + (found["critical"] ?? 0);
  console.log(`${grave} known vulnerabilities, moderate or worse, in what users install`);
  if (grave > 0) console.log(stdout);
  process.exitCode = grave > 0 ? 1 : 0;
}

function counts(report: string): Record<string, number> | undefined {
  try {
    return JSON.parse(report).metadata?.vulnerabilities;
  } catch {
    return undefined;
  }
}
