/** One file of an archive. */
export interface TarEntry {
  /** Relative, with slashes. */
  path: string;
  mode: number;
  content: Uint8Array;
}

const BLOCK = 512;
const NAME_BYTES = 100;

/** An archive in the format that every `tar` reads (ustar, with GNU's entries for long names). */
export function tar(entries: readonly TarEntry[]): Buffer {
  const blocks: Uint8Array[] = [];
  for (const { path, mode, content } of entries) {
    const name = Buffer.from(path);
    if (name.length > NAME_BYTES) blocks.push(...member("././@LongLink", 0, Buffer.from(`${path}\0`), "L"));
    blocks.push(...member(name.subarray(0, NAME_BYTES), mode, content, "0"));
  }
  return Buffer.concat([...blocks, Buffer.alloc(2 * BLOCK)]);
}

function member(name: string | Uint8Array, mode: number, content: Uint8Array, type: string): Uint8Array[] {
  const header = Buffer.alloc(BLOCK);
  header.set(Buffer.from(name), 0);
  const octal = (value: number, at: number, length: number) =>
    header.write(`${value.toString(8).padStart(length - 1, "0")}\0`, at, "ascii");
  octal(mode, 100, 8);
  octal(0, 108, 8);
  octal(0, 116, 8);
  octal(content.length, 124, 12);
  octal(0, 136, 12);
  header.write("        ", 148, "ascii");
  header.write(type, 156, "ascii");
  header.write("ustar\x0000", 257, "latin1");
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "ascii");
  return [header, content, Buffer.alloc((BLOCK - (content.length % BLOCK)) % BLOCK)];
}
