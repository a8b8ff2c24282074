/** The setting whose value Multipass never shows. In a file of its own: every Pulumi program loads it, and must not load the validator with it. */
export const PASSPHRASE = "local.passphrase";
