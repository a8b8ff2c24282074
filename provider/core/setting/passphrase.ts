/** The setting that Multipass never shows. Every program loads this file, so the validator is elsewhere. */
export const PASSPHRASE = "local.passphrase";
