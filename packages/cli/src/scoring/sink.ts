import { closeSync, fdatasync, ftruncateSync, openSync, writeSync } from "node:fs";
import { crc32 } from "node:zlib";
import type { FilePoint } from "./checkpoint";

/** A file that grows at its end and knows the checksum of what it holds. */
export class ScoringSink {
  readonly #descriptor: number;
  #bytes: number;
  #checksum: number;

  /** Opens a file and cuts off what lies behind `point`. */
  constructor(
    readonly file: string,
    point: FilePoint = { bytes: 0, checksum: 0 },
  ) {
    this.#descriptor = openSync(file, point.bytes === 0 ? "w" : "r+");
    this.#bytes = point.bytes;
    this.#checksum = point.checksum;
    ftruncateSync(this.#descriptor, point.bytes);
  }

  get point(): FilePoint {
    return { bytes: this.#bytes, checksum: this.#checksum };
  }

  /** Appends bytes; a full disk throws with what was written before intact. */
  write(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; ) {
      at += writeSync(this.#descriptor, bytes, at, bytes.length - at, this.#bytes + at);
    }
    this.#bytes += bytes.length;
    this.#checksum = crc32(bytes, this.#checksum);
  }

  /** Goes back to an earlier point. */
  cut(point: FilePoint): void {
    ftruncateSync(this.#descriptor, point.bytes);
    this.#bytes = point.bytes;
    this.#checksum = point.checksum;
  }

  /** Resolves when what was written lies on the disk. */
  flush(): Promise<void> {
    return new Promise((resolve, reject) =>
      fdatasync(this.#descriptor, (error) => (error ? reject(error) : resolve())),
    );
  }

  close(): void {
    closeSync(this.#descriptor);
  }
}
