/** A server that refuses every connection: nothing can be resolved without the daemon, as on a host that is offline. */
export const NO_IMAGE_SERVER = "http://127.0.0.1:9/";
