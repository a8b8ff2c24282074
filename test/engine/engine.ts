import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openConfig } from "./config.ts";
import type { Deployer, RunOptions, StackOptions, StackState } from "./deployer.ts";
import type { Action } from "./events.ts";
import { DYNAMIC, isProvider } from "./plugins.ts";
import { readProject } from "./project.ts";
import { Run } from "./run.ts";
import { openState } from "./state.ts";
import { STACK_TYPE } from "./urn.ts";

/** Opens a stack of a folder's program on the test engine. */
export async function engineStack(o: StackOptions): Promise<Deployer> {
  const stack = o.stack ?? "test";
  const passphrase = o.passphrase ?? "test";
  const stateDir = o.stateDir ?? mkdtempSync(join(tmpdir(), "pulumi-multipass-engine-"));
  const project = { ...readProject(o.dir, stack, o.project), inline: o.inline };
  const stateFile = join(stateDir, `${stack}.json`);
  const config = openConfig(join(stateDir, `${stack}.config.json`), passphrase);

  const run =
    (action: Action) =>
    (options: RunOptions = {}) => {
      const given = Object.entries(project.config).map(([key, value]) => [key, { value, secret: false }]);
      return new Run({
        action,
        options,
        project,
        stack,
        config: { ...Object.fromEntries(given), ...config.all() },
        env: { ...o.env, ...options.env },
        store: openState(stateFile, passphrase),
        plugin: o.plugin ?? DYNAMIC,
      }).execute();
    };

  return {
    kind: "engine",
    stateFile,
    preview: run("preview"),
    up: run("up"),
    refresh: run("refresh"),
    destroy: run("destroy"),
    async state(): Promise<StackState> {
      const { resources, pendingOperations } = openState(stateFile, passphrase);
      const outputs = resources.find((resource) => resource.type === STACK_TYPE)?.outputs ?? {};
      return { resources: resources.filter(({ type }) => !isProvider(type)), pendingOperations, outputs };
    },
    async setConfig(key, value, { secret = false } = {}) {
      config.set(key.includes(":") ? key : `${project.name}:${key}`, value, secret);
    },
    async dispose() {
      // Nothing to close: every run ends its own processes, and the caller owns the state.
    },
  };
}
