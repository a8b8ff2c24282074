type Candidate = readonly [key: string, written?: string];

const asCheck = (check: string): Candidate[] => [
  ["checks", `checks: [{ ${check} }]`],
  ["readiness", `readiness: { checks: [{ ${check} }] }`],
];

/**
 * Other tools' names for arguments, each with candidates for ours. The first candidate that exists is
 * suggested.
 */
const OTHER_NAMES: Readonly<Record<string, readonly Candidate[]>> = {
  cmd: [["create"]],
  command: [["checks", "checks: [{ command }]"], ["create"]],
  cores: [["cpus"]],
  cwd: [["workingDirectory"]],
  dest: [["path"], ["target"]],
  destination: [["path"], ["target"]],
  env: [["environment"]],
  hostname: [["name"]],
  http: asCheck("http: { url }"),
  macaddress: [["mac"]],
  mem: [["memory"]],
  owner: [["user"]],
  permissions: [["mode"]],
  port: [["tcp", "tcp: { port }"], ...asCheck("tcp: { port }")],
  ram: [["memory"]],
  script: [["create"]],
  state: [["powerState"]],
  status: [["http", "http: { url, status }"], ["powerState"]],
  storage: [["disk"]],
  tcp: asCheck("tcp: { port }"),
  text: [["content"]],
  url: [["http", "http: { url }"], ["checks", "checks: [{ http: { url } }]"], ["image"]],
  userdata: [["cloudInit"]],
  vcpus: [["cpus"]],
  workdir: [["workingDirectory"]],
};

export function suggestion(name: string, known: readonly string[]): string | undefined {
  const meant = OTHER_NAMES[simplified(name)]?.find(([key]) => known.includes(key));
  return meant ? (meant[1] ?? meant[0]) : closest(name, known);
}

/** The most similar known name, if it is close enough to be a typing mistake. */
export function closest(name: string, known: readonly string[]): string | undefined {
  const [best] = known
    .map((one) => ({ one, slips: slips(simplified(name), simplified(one)) }))
    .filter(({ one, slips }) => slips <= Math.max(1, Math.floor(one.length / 4)))
    .sort((a, b) => a.slips - b.slips);
  return best?.one;
}

/** `cloud_init`, `cloud-init` and `CloudInit` are all `cloudInit`. */
const simplified = (name: string) => name.toLowerCase().replace(/[^a-z0-9]/g, "");

/** Counts letters that are missing, extra, wrong, or swapped with their neighbour. */
function slips(a: string, b: string): number {
  const rows = Array.from({ length: a.length + 1 }, (_, i) =>
    Array.from({ length: b.length + 1 }, (_, j) => (i === 0 ? j : j === 0 ? i : 0)),
  );
  const at = (i: number, j: number) => rows[i]?.[j] ?? 0;
  for (let i = 1; i <= a.length; i += 1) {
    for (let j = 1; j <= b.length; j += 1) {
      const isSame = a[i - 1] === b[j - 1];
      const isSwap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const row = rows[i] as number[];
      row[j] = Math.min(
        at(i - 1, j) + 1,
        at(i, j - 1) + 1,
        at(i - 1, j - 1) + (isSame ? 0 : 1),
        isSwap ? at(i - 2, j - 2) + 1 : Number.POSITIVE_INFINITY,
      );
    }
  }
  return at(a.length, b.length);
}
