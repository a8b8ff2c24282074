/**
 * Runs programs one after another in one process, as the Automation API runs inline programs. Loading the SDK
 * takes a second of processor time; running a test's program takes a tenth of that.
 */
import { createRequire, registerHooks } from "node:module";
import { pathToFileURL } from "node:url";
import { RunError } from "@pulumi/pulumi/errors.js";
import * as log from "@pulumi/pulumi/log/index.js";
import language from "@pulumi/pulumi/proto/language_pb.js";
import { ALREADY_REPORTED, END, type InlineProgram } from "./inline-program.ts";

const require = createRequire(import.meta.url);
// The SDK exports these without declaring them.
const { LanguageServer } = require("@pulumi/pulumi/automation/server.js") as {
  LanguageServer: new (
    program: () => Promise<unknown>,
  ) => { run(call: { request: unknown }, done: (error: Error | undefined) => void): Promise<void> };
};
const { defaultErrorMessage } = require("@pulumi/pulumi/cmd/run/error.js") as {
  defaultErrorMessage(error: unknown): string;
};

// Each run loads the program and this package's modules anew, and shares only the SDK.
registerHooks({
  resolve(specifier, context, next) {
    const resolved = next(specifier, context);
    const run = /\?run=\d+$/.exec(context.parentURL ?? "")?.[0];
    const isShared = !resolved.url.startsWith("file:") || resolved.url.includes("/node_modules/");
    return run === undefined || isShared ? resolved : { ...resolved, url: resolved.url + run };
  },
});

let runs = 0;

async function load(entryPoint: string): Promise<unknown> {
  const exported = await import(`${pathToFileURL(entryPoint)}?run=${runs}`);
  const value = "default" in exported ? exported.default : { ...exported };
  return typeof value === "function" ? value() : value;
}

async function run({ entryPoint, cwd, env, ...program }: InlineProgram): Promise<number> {
  runs += 1;
  process.chdir(cwd);
  for (const name of Object.keys(process.env)) delete process.env[name];
  Object.assign(process.env, env);
  const request = new language.RunRequest();
  request.setProject(program.project);
  request.setStack(program.stack);
  request.setOrganization("organization");
  request.setParallel(program.parallel);
  request.setDryrun(program.dryRun);
  request.setMonitorAddress(program.engineAddress);
  request.setArgsList([program.engineAddress]);
  const config = Object.entries(program.config);
  for (const [key, { value }] of config) request.getConfigMap().set(key, value);
  // cspell:ignore Configsecretkeys
  request.setConfigsecretkeysList(config.filter(([, { secret }]) => secret).map(([key]) => key));
  const server = new LanguageServer(async () => {
    try {
      return await load(entryPoint);
    } catch (error) {
      // Like `cmd/run`, shows only the message of these errors; the server reports it.
      if (!RunError.isInstance(error)) {
        await log.error(
          `Running program '${entryPoint}' failed with an unhandled exception:\n${defaultErrorMessage(error)}`,
        );
      }
      throw error;
    }
  });
  return new Promise((resolve) => {
    void server.run({ request }, (error) => resolve(error === undefined ? 0 : ALREADY_REPORTED));
  });
}

process.on("message", async (program: InlineProgram) => {
  const code = await run(program);
  // Marks the end on both streams, after all of the program's output.
  for (const stream of [process.stdout, process.stderr]) stream.write(`${END}${code}\n`);
});
// The SDK reports failures during a run. A failed program's remains must not end the next one.
process.on("uncaughtException", () => undefined);
process.on("unhandledRejection", () => undefined);
process.on("disconnect", () => process.exit());
