import { PipelineError } from "../errors";

const block = 512;

/** A file of an asset. */
export interface NamedBytes {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/**
 * A POSIX ustar archive of regular files: mode 644, owner 0, time 0, so that equal files give equal bytes everywhere.
 * @throws {PipelineError} `code_file_name` when a name does not fit ustar's 100 bytes after a 155-byte prefix.
 */
export function tar(files: readonly NamedBytes[]): Uint8Array {
  const parts = files.flatMap(({ name, bytes }) => [header(name, bytes.byteLength), padded(bytes)]);
  return Buffer.concat([...parts, new Uint8Array(2 * block)]);
}

function header(path: string, size: number): Uint8Array {
  const { name, prefix } = split(path);
  const out = Buffer.alloc(block);
  out.write(name, 0, "utf8");
  out.write("0000644\0", 100);
  out.write("0000000\0", 108);
  out.write("0000000\0", 116);
  out.write(`${size.toString(8).padStart(11, "0")}\0`, 124);
  out.write("00000000000\0", 136);
  out.write("        ", 148);
  out.write("0", 156);
  out.write("ustar\x0000", 257);
  out.write(prefix, 345, "utf8");
  const sum = out.reduce((total, byte) => total + byte, 0);
  out.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return out;
}

function split(path: string): { name: string; prefix: string } {
  if (Buffer.byteLength(path) <= 100) return { name: path, prefix: "" };
  for (let slash = path.indexOf("/"); slash > 0; slash = path.indexOf("/", slash + 1)) {
    const prefix = path.slice(0, slash);
    const name = path.slice(slash + 1);
    if (Buffer.byteLength(prefix) <= 155 && Buffer.byteLength(name) <= 100) return { name, prefix };
  }
  throw new PipelineError("code_file_name", `files: '${path}' is too long for an archive. Use a shorter name.`);
}

function padded(bytes: Uint8Array): Uint8Array {
  const out = new Uint8Array(Math.ceil(bytes.byteLength / block) * block);
  out.set(bytes);
  return out;
}
