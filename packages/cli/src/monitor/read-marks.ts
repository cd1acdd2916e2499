import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { dirname } from "node:path";
import { writeWhole } from "./write-whole";

/** How far each capture file has been read, so that a run reads only what is new. */
export class ReadMarks {
  readonly #path: string;
  readonly #files: Map<string, number>;

  /** Reads the marks of a file; marks that cannot be read are none, as reading again changes no figure. */
  constructor(path: string) {
    this.#path = path;
    this.#files = new Map(Object.entries(existsSync(path) ? read(path) : {}));
  }

  /** Bytes of a file that have been read. */
  of(name: string): number {
    return this.#files.get(name) ?? 0;
  }

  set(name: string, bytes: number): void {
    this.#files.set(name, bytes);
  }

  save(): void {
    mkdirSync(dirname(this.#path), { recursive: true });
    writeWhole(this.#path, `${JSON.stringify({ format: 1, files: Object.fromEntries(this.#files) })}\n`);
  }
}

function read(path: string): Record<string, number> {
  try {
    const { format, files } = JSON.parse(readFileSync(path, "utf8")) as {
      format?: number;
      files?: Record<string, number>;
    };
    return format === 1 && files !== undefined ? files : {};
  } catch {
    return {};
  }
}
