import { cloudInitStatus } from "./cloud-init.ts";
import { derive, type Process } from "./process.ts";
import type { Program } from "./program.ts";
import { isOption, operands } from "./program-arguments.ts";

/** The value of an option, given under any of its names. */
function option(args: string[], ...names: string[]): string | undefined {
  const at = args.findIndex((argument) => names.includes(argument));
  return at < 0 ? undefined : args[at + 1];
}

function seconds(text: string): number {
  const [, amount = "0", unit = "s"] = /^([\d.]+)([smhd]?)$/.exec(text) ?? [];
  return Number(amount) * ({ m: 60, h: 3600, d: 86_400 }[unit] ?? 1);
}

async function curl(args: string[], process: Process): Promise<number> {
  const valued = [
    "-o",
    "--output",
    "-m",
    "--max-time",
    "--connect-timeout",
    "--retry",
    "--retry-delay",
    "-H",
    "-X",
    "-w",
    "-d",
  ];
  const address = args.find(
    (argument, index) => !isOption(argument) && !valued.includes(args[index - 1] ?? ""),
  );
  if (address === undefined) {
    process.io.err("curl: (2) no URL specified\n");
    return 2;
  }
  const quiet = args.some((argument) => /^-[a-zA-Z]*s/.test(argument) || argument === "--silent");
  const shows =
    !quiet || args.some((argument) => /^-[a-zA-Z]*S/.test(argument) || argument === "--show-error");
  const fail = (code: number, text: string) => {
    if (shows) process.io.err(`curl: (${code}) ${text}\n`);
    return code;
  };
  const url = new URL(/^\w+:\/\//.test(address) ? address : `http://${address}`);
  const port = Number(url.port || (url.protocol === "https:" ? 443 : 80));
  const local = ["localhost", "127.0.0.1", "[::1]", process.machine.ipv4, process.machine.name].includes(
    url.hostname,
  );
  if (!local) {
    if (process.machine.online(url.hostname)) return 0;
    return fail(6, `Could not resolve host: ${url.hostname}`);
  }
  const answer = process.machine.port(port);
  if (!answer)
    return fail(
      7,
      `Failed to connect to ${url.hostname} port ${port} after 0 ms: Couldn't connect to server`,
    );
  const output = option(args, "-o", "--output");
  if (output === undefined) process.io.out(answer.body);
  else process.machine.files.write(output, Buffer.from(answer.body), process.user);
  return 0;
}

export const systemPrograms: Record<string, Program> = {
  id(args, { io, user }) {
    const groups = user.uid === 0 ? "0(root)" : "1000(ubuntu),4(adm),24(cdrom),27(sudo),30(dip),105(lxd)";
    if (args.includes("-u")) io.out(`${args.includes("-n") ? user.name : user.uid}\n`);
    else if (args.includes("-un")) io.out(`${user.name}\n`);
    else if (args.includes("-g")) io.out(`${user.gid}\n`);
    else io.out(`uid=${user.uid}(${user.name}) gid=${user.gid}(${user.name}) groups=${groups}\n`);
    return 0;
  },
  whoami(_args, { io, user }) {
    io.out(`${user.name}\n`);
    return 0;
  },
  nproc(_args, { io, machine }) {
    io.out(`${machine.cpus}\n`);
    return 0;
  },
  hostname(args, { io, machine }) {
    io.out(`${args.includes("-I") ? `${machine.ipv4} ` : machine.name}\n`);
    return 0;
  },
  uname(args, { io, machine }) {
    const values: Record<string, string> = {
      s: "Linux",
      n: machine.name,
      r: "6.8.0-79-generic",
      m: "x86_64",
      o: "GNU/Linux",
    };
    const letters = args.includes("-a") ? "snrmo" : args.join("").replace(/-/g, "") || "s";
    io.out(`${[...letters].map((letter) => values[letter] ?? "").join(" ")}\n`);
    return 0;
  },
  date(args, { io, machine }) {
    const date = machine.date();
    const format = args.find((argument) => argument.startsWith("+"));
    if (format === "+%s") io.out(`${Math.floor(date.getTime() / 1000)}\n`);
    else io.out(`${date.toISOString()}\n`);
    return 0;
  },
  uptime(_args, { io, machine }) {
    io.out(` up ${Math.floor(machine.uptime() / 60_000)} min,  0 users,  load average: 0.10, 0.05, 0.01\n`);
    return 0;
  },
  free(_args, { io, machine }) {
    const total = Math.floor((machine.memory * 0.94) / 1024);
    io.out(
      `               total        used        free\nMem:    ${total} ${Math.floor(total / 5)} ${total - Math.floor(total / 5)}\n`,
    );
    return 0;
  },
  async sleep([duration = "0"], { machine, signal }) {
    await machine.sleep(seconds(duration) * 1000, signal);
    return 0;
  },
  env(args, process, execute) {
    const rest = [...args];
    const variables = new Map(rest[0] === "-i" ? [] : process.env);
    if (rest[0] === "-i") rest.shift();
    while (/^\w+=/.test(rest[0] ?? "")) {
      const [name = "", ...value] = (rest.shift() as string).split("=");
      variables.set(name, value.join("="));
    }
    if (rest.length > 0) return execute(rest, derive(process, { env: variables }));
    for (const [name, value] of variables) process.io.out(`${name}=${value}\n`);
    return 0;
  },
  async timeout(args, process, execute) {
    const [limit = "0", ...words] = args.filter((argument, index) => !isOption(argument) || index > 1);
    const kill = new AbortController();
    const signal = AbortSignal.any([process.signal, kill.signal]);
    const ended = execute(words, derive(process, { signal }));
    const late = process.machine.sleep(seconds(limit) * 1000, signal).then(() => 124);
    late.catch(() => undefined);
    ended.catch(() => undefined);
    try {
      return await Promise.race([ended, late]);
    } finally {
      kill.abort();
    }
  },
  nohup: (args, _process, execute) => execute(args),
  async "cloud-init"(args, process) {
    if (args[0] === "status") return cloudInitStatus(args.slice(1), process);
    if (args[0] === "--version") process.io.out("/usr/bin/cloud-init 25.1.4-0ubuntu0~24.04.1\n");
    return 0;
  },
  systemctl(args, { io, machine }) {
    const [verb, unit] = operands(args);
    if (verb === "is-system-running") {
      const state =
        machine.untilCloudInit() > 0
          ? "starting"
          : machine.cloudInit().outcome === "done"
            ? "running"
            : "degraded";
      io.out(`${state}\n`);
      return state === "running" ? 0 : 1;
    }
    if (verb === "is-active") {
      const active = /^(ssh|sshd|cron|systemd-\w+|cloud-init|multi-user)(\.\w+)?$/.test(unit ?? "");
      io.out(`${active ? "active" : "inactive"}\n`);
      return active ? 0 : 3;
    }
    if (verb === "reboot" || verb === "poweroff") machine.power(verb === "reboot" ? "reboot" : "off");
    return 0;
  },
  reboot(_args, { machine }) {
    machine.power("reboot");
    return 0;
  },
  poweroff(_args, { machine }) {
    machine.power("off");
    return 0;
  },
  shutdown(args, { machine }) {
    machine.power(args.includes("-r") ? "reboot" : "off");
    return 0;
  },
  curl,
  nc(args, { machine }) {
    const [, port] = operands(args);
    return machine.port(Number(port)) ? 0 : 1;
  },
  ss(_args, { io, machine }) {
    io.out("State  Recv-Q Send-Q Local Address:Port Peer Address:Port\n");
    for (const port of [22, ...machine.listening()])
      io.out(`LISTEN 0      128          0.0.0.0:${port}       0.0.0.0:*\n`);
    return 0;
  },
  ip(_args, { io, machine }) {
    io.out(`2: ens3    inet ${machine.ipv4}/24 metric 100 brd + scope global dynamic ens3\n`);
    return 0;
  },
  sync: () => 0,
};
