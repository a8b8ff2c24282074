/**
 * The setting whose value Multipass never shows. In its own file because every Pulumi program loads it, and
 * should not load the validator.
 */
export const PASSPHRASE = "local.passphrase";
