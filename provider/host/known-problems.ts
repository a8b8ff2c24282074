import { compare, type Version } from "../driver/version.ts";

/** A bug in a range of Multipass versions. */
export interface KnownProblem {
  /** First version with the bug. */
  from: string;
  /** First version without the bug. */
  before: string;
  reason: string;
  /** Number of the issue in canonical/multipass. */
  issue: number;
  /** Left out for problems that are rare or that this package handles itself. */
  isGrave?: true;
}

export const KNOWN_PROBLEMS: readonly KnownProblem[] = [
  {
    from: "1.14.0",
    before: "1.14.1",
    reason: "image servers can stay unreachable for hours on a healthy network",
    issue: 3680,
    isGrave: true,
  },
  {
    from: "1.14.0",
    before: "1.14.1",
    reason: "a suspended instance cannot be deleted, only purged",
    issue: 3606,
  },
  {
    from: "1.13.0",
    before: "1.14.0",
    reason: "an instance whose state is Unknown cannot be stopped (there is no `stop --force`)",
    issue: 2906,
    isGrave: true,
  },
  {
    from: "1.13.0",
    before: "1.17.0",
    reason: "the image list is empty while it is refreshed, every 15 minutes, and a launch can then fail",
    issue: 4613,
  },
  {
    from: "1.13.0",
    before: "1.17.0",
    reason: "a launch times out when cloud-init reboots the guest",
    issue: 4199,
  },
  {
    from: "1.16.0",
    before: "1.17.0",
    reason: "an interrupted launch can block the daemon until it is restarted",
    issue: 5080,
  },
];

export function problemsOf(version: Version): KnownProblem[] {
  return KNOWN_PROBLEMS.filter(
    ({ from, before }) => compare(version, from) >= 0 && compare(version, before) < 0,
  );
}
