/** A server that refuses every connection. As on an offline host, only the daemon can resolve an image. */
export const NO_IMAGE_SERVER = "http://127.0.0.1:9/";
