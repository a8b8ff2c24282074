import type { CloudInitState, Process } from "./process.ts";

const DATASOURCE = "DataSourceNoCloud [seed=/dev/sr0]";

/**
 * The document behind `cloud-init status`, in the shape of cloud-init 23.4 and later
 * (cloudinit/cmd/status.py).
 */
export function cloudInitDocument(state: CloudInitState, lastUpdate: Date): Record<string, unknown> {
  const running = state.running ? "running" : "done";
  const condition = state.running ? "done" : state.outcome;
  const status = condition === "error" ? "error" : running;
  const extended =
    condition === "error" ? `error - ${running}` : condition === "degraded" ? `degraded ${running}` : running;
  const seconds = lastUpdate.getTime() / 1000;
  const stage = (errors: string[], recoverable: Record<string, string[]>, finished: boolean) => ({
    errors,
    finished: finished ? seconds : null,
    recoverable_errors: recoverable,
    start: seconds - 1,
  });
  const errors = state.running ? [] : state.errors;
  const recoverable = state.running ? {} : state.recoverableErrors;
  return {
    boot_status_code: "enabled-by-generator",
    datasource: "nocloud",
    detail: DATASOURCE,
    errors,
    extended_status: extended,
    init: stage([], {}, true),
    "init-local": stage([], {}, true),
    last_update: lastUpdate.toUTCString().replace("GMT", "+0000"),
    "modules-config": stage([], {}, true),
    "modules-final": stage(errors, recoverable, !state.running),
    recoverable_errors: recoverable,
    stage: state.running ? "modules-final" : null,
    status,
  };
}

/** `cloud-init status [--wait] [--long] [--format tabular|json|yaml]`. */
export async function cloudInitStatus(args: string[], { machine, io, signal }: Process): Promise<number> {
  const wait = args.includes("--wait") || args.includes("-w");
  const format =
    args.find((argument) => argument.startsWith("--format="))?.slice(9) ?? args[args.indexOf("--format") + 1];
  const json = format === "json";
  if (wait) {
    while (machine.cloudInit().running) {
      if (!json) io.out(".");
      // The user's commands begin when cloud-init is due to finish, and may take longer.
      await machine.sleep(Math.min(1000, machine.untilCloudInit() || 100), signal);
    }
  }
  const state = machine.cloudInit();
  const document = cloudInitDocument(state, machine.date());
  if (json) {
    io.out(`${JSON.stringify(document, null, 2)}\n`);
  } else {
    io.out(`${wait ? "\n" : ""}status: ${document["status"]}\n`);
    if (args.includes("--long") || args.includes("-l")) io.out(long(document, state));
  }
  if (state.running || state.outcome === "done") return 0;
  return state.outcome === "error" ? 1 : 2;
}

function long(document: Record<string, unknown>, state: CloudInitState): string {
  const errors = state.running ? [] : state.errors;
  const recoverable = Object.entries(state.running ? {} : state.recoverableErrors);
  const shownErrors = errors.length > 0 ? `\n\t- ${errors.join("\n\t- ")}` : " []";
  const shownRecoverable =
    recoverable.length > 0
      ? `\n${recoverable.map(([level, texts]) => `${level}:\n\t- ${texts.join("\n\t- ")}`).join("\n")}`
      : " {}";
  return `extended_status: ${document["extended_status"]}\nboot_status_code: ${document["boot_status_code"]}\nlast_update: ${document["last_update"]}\ndetail: ${document["detail"]}\nerrors:${shownErrors}\nrecoverable_errors:${shownRecoverable}\n`;
}
