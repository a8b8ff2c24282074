import type { Check } from "./check.ts";
import { NETWORK_CHECKS, RESOURCE_CHECKS } from "./checks-host.ts";
import { HYPERVISOR_CHECK, IMAGE_LIST_CHECK, MULTIPASS_CHECKS } from "./checks-multipass.ts";

/**
 * What a create needs, in the order in which it needs it. None of them creates or changes anything.
 */
export const CHECKS: readonly Check[] = [
  ...MULTIPASS_CHECKS,
  ...NETWORK_CHECKS,
  IMAGE_LIST_CHECK,
  HYPERVISOR_CHECK,
  ...RESOURCE_CHECKS,
];
