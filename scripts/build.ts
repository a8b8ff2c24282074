/** Compiles `provider/` into `dist/`, from scratch, so that no file of an earlier build is ever packed. */
import { rmSync } from "node:fs";
import { execaSync } from "execa";

rmSync("dist", { recursive: true, force: true });
execaSync("tsc", ["-p", "tsconfig.build.json"], { preferLocal: true, stdio: "inherit" });
