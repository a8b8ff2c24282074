import type { Check } from "./check.ts";
import { NETWORK_CHECKS, RESOURCE_CHECKS } from "./host.ts";
import { HYPERVISOR_CHECK, IMAGE_LIST_CHECK, MULTIPASS_CHECKS } from "./multipass.ts";

/**
 * What a create needs, in the order in which it needs it, for `doctor` and for the diagnosis of a create that was given up. None of them
 * creates or changes anything.
 */
export const CHECKS: readonly Check[] = [
  ...MULTIPASS_CHECKS,
  ...NETWORK_CHECKS,
  IMAGE_LIST_CHECK,
  HYPERVISOR_CHECK,
  ...RESOURCE_CHECKS,
];
