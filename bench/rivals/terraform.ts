import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { found } from "./found.ts";
import type { Tool } from "./tool.ts";

/** Terraform, or OpenTofu where only that is installed. */
const engine = found("terraform") === undefined && found("tofu") !== undefined ? "tofu" : "terraform";

function terraform(owner: string, note: string): Tool {
  const provider = `terraform-provider-multipass-${owner}`;
  return {
    id: owner,
    title: `${owner}, ${engine === "tofu" ? "OpenTofu" : "Terraform"}`,
    needs: [engine, provider],
    settings: `the defaults of \`apply\`: ten at once, and every \`apply\` refreshes first. ${note}`,
    write: (dir, { count, cpus }) =>
      writeFileSync(
        join(dir, "main.tf"),
        `terraform {
  required_providers {
    multipass = { source = "${owner}/multipass" }
  }
}
provider "multipass" {}
resource "multipass_instance" "vm" {
  count  = ${count}
  name   = "vm\${count.index}"
  image  = "24.04"
  cpus   = ${cpus}
  memory = "1G"
  disk   = "5G"
}
`,
      ),
    env: (dir) => {
      const folder = join(dir, "provider");
      mkdirSync(folder);
      // Terraform only takes a provider from a folder in which the file has its usual name.
      symlinkSync(found(provider) ?? "", join(folder, "terraform-provider-multipass"));
      const overrides = `dev_overrides { "${owner}/multipass" = "${folder}" }`;
      writeFileSync(join(dir, "cli.config"), `provider_installation {\n${overrides}\ndirect {}\n}\n`);
      return { TF_CLI_CONFIG_FILE: join(dir, "cli.config"), CHECKPOINT_DISABLE: "1", TF_IN_AUTOMATION: "1" };
    },
    up: [engine, "apply", "-auto-approve", "-no-color", "-input=false"],
    refresh: [engine, "apply", "-refresh-only", "-auto-approve", "-no-color", "-input=false"],
    replaces: true,
    destroy: [engine, "destroy", "-auto-approve", "-no-color", "-input=false"],
  };
}

export const TERRAFORM: readonly Tool[] = [
  terraform("todoroff", "`command_timeout` is 600 s"),
  terraform("larstobi", "It has no settings"),
];
