import type { Check } from "./check.ts";
import { NETWORK_CHECKS, RESOURCE_CHECKS } from "./host.ts";
import { HYPERVISOR_CHECK, IMAGE_LIST_CHECK, MULTIPASS_CHECKS } from "./multipass.ts";

/** What a create needs, in that order, for `doctor` and a failed create. No check changes anything. */
export const CHECKS: readonly Check[] = [
  ...MULTIPASS_CHECKS,
  ...NETWORK_CHECKS,
  IMAGE_LIST_CHECK,
  HYPERVISOR_CHECK,
  ...RESOURCE_CHECKS,
];
