/**
 * Writes the plugin's schema, from which Pulumi generates its SDKs: provider/doors/plugin/schema.json.
 *
 *     npm run schema          writes it
 *     npm run check:schema    fails if it does not match the documented types
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { packageSchema } from "./schema/package.ts";
import { repository } from "./schema/source.ts";

const file = join(repository, "provider/doors/plugin/schema.json");
const schema = packageSchema();
const text = `${JSON.stringify(schema, null, 2)}\n`;
const count = (what: object) => Object.keys(what).length;
const said = `${count(schema.resources)} resources, ${count(schema.functions)} functions, ${count(schema.types)} types`;

if (!process.argv.includes("--check")) {
  writeFileSync(file, text);
  console.log(said);
} else if (readFileSync(file, "utf8") === text) {
  console.log(`${said}: as the types say`);
} else {
  console.error("provider/doors/plugin/schema.json is not what the types say: run `npm run schema`.");
  process.exitCode = 1;
}
