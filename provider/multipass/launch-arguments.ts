/** The arguments of `multipass launch`, in its own terms. */
export interface LaunchRequest {
  name: string;
  /** Alias, release, `remote:alias`, hash prefix, `file://` or `https://` URL. Without it the daemon's default (the latest LTS). */
  image?: string | undefined;
  cpus?: number | undefined;
  memory?: string | undefined;
  disk?: string | undefined;
  /** User-data; goes to the client's stdin. */
  cloudInit?: string | undefined;
  networks?: { name: string; mode?: "auto" | "manual" | undefined; mac?: string | undefined }[] | undefined;
  bridged?: boolean | undefined;
  zone?: string | undefined;
  /** Seconds, for each of the daemon's own waits and for the client as a whole. */
  timeoutSeconds: number;
}

/** The argument vector of a launch. Every user of the host can read what is in it, so the user-data is not. */
export function launchArguments(request: LaunchRequest): string[] {
  const args = [
    "launch",
    "--name",
    request.name,
    "--timeout",
    String(Math.max(1, Math.ceil(request.timeoutSeconds))),
  ];
  if (request.cpus !== undefined) args.push("--cpus", String(request.cpus));
  if (request.memory !== undefined) args.push("--memory", request.memory);
  if (request.disk !== undefined) args.push("--disk", request.disk);
  // On stdin, because a snap's client can read neither /tmp nor hidden folders (canonical/multipass#3693).
  if (request.cloudInit !== undefined) args.push("--cloud-init", "-");
  for (const { name, mode, mac } of request.networks ?? []) {
    args.push(
      "--network",
      [`name=${name}`, mode && `mode=${mode}`, mac && `mac=${mac}`].filter(Boolean).join(","),
    );
  }
  if (request.bridged) args.push("--bridged");
  if (request.zone !== undefined) args.push("--zone", request.zone);
  if (request.image !== undefined) args.push("--", request.image);
  return args;
}
