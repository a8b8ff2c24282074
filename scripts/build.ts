/** Compiles `provider/` into `dist/`, from scratch, so that no file of an earlier build is ever packed. */
import { chmodSync, rmSync } from "node:fs";
import { execaSync } from "execa";

// What is packed from it is the same, byte by byte, whoever builds it: npm packs each file with its mode.
process.umask(0o022);
rmSync("dist", { recursive: true, force: true });
execaSync("tsc", ["-p", "tsconfig.build.json"], { preferLocal: true, stdio: "inherit" });
// npm makes the commands of a package executable when it installs it; here it has done so before there was a build.
chmodSync("dist/cli/main.js", 0o755);
