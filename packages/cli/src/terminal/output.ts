import pc from "picocolors";
import type { Explanation } from "../errors";
import { pasteable } from "./command-name";

/** How a command's results are printed. */
export type OutputMode = "text" | "json" | "lines";

/** Where a command writes: results to stdout, progress to stderr. */
export interface Streams {
  stdout: NodeJS.WritableStream & { isTTY?: boolean };
  stderr: NodeJS.WritableStream & { isTTY?: boolean };
}

/**
 * The one way a command speaks. Results go to stdout, progress to stderr; with `--json` stdout holds one document,
 * with `--json=lines` one event a line before it.
 */
export class Output {
  readonly mode: OutputMode;
  readonly #streams: Streams;
  readonly #quiet: boolean;
  readonly #places: string | undefined;

  /** `places`: options that every command shown must repeat, {@link placesOf} the command line. */
  constructor(options: { mode: OutputMode; quiet: boolean; places?: string; streams?: Streams }) {
    this.mode = options.mode;
    this.#quiet = options.quiet;
    this.#places = options.places;
    this.#streams = options.streams ?? process;
  }

  /** True when progress may redraw itself: a terminal, text mode, and not quiet. */
  get live(): boolean {
    return this.mode === "text" && !this.#quiet && this.#streams.stderr.isTTY === true;
  }

  /** The stream that progress goes to. */
  get progressStream(): Streams["stderr"] {
    return this.#streams.stderr;
  }

  /** A line of a result for a person; silent in JSON modes. */
  line(text = ""): void {
    if (this.mode === "text") this.#streams.stdout.write(`${pasteable(text, this.#places)}\n`);
  }

  /** A line about what is going on; on stderr, and silent with `--quiet`. */
  progress(text: string): void {
    if (!this.#quiet) this.#streams.stderr.write(`${pasteable(text, this.#places)}\n`);
  }

  /** One event of a running command, for scripts (`--json=lines`). */
  event(event: object): void {
    if (this.mode === "lines") this.#streams.stdout.write(`${JSON.stringify(event)}\n`);
  }

  /** The command's result as one JSON document; silent in text mode. */
  document(value: unknown): void {
    if (this.mode === "text") return;
    this.#streams.stdout.write(`${JSON.stringify(value, null, this.mode === "json" ? 2 : undefined)}\n`);
  }

  /** A failure, in layers for a person or as one JSON document. */
  failure(explanation: Explanation): void {
    const { cause: _, ...facts } = explanation;
    if (this.mode !== "text") {
      this.document({ error: facts });
      return;
    }
    this.#streams.stderr.write(`${pasteable(explanationLines(explanation).join("\n"), this.#places)}\n`);
  }
}

function explanationLines({ code, message, subject, at, why, fix }: Explanation): string[] {
  const head = [pc.red("✗"), subject === undefined ? undefined : pc.bold(subject), message, pc.dim(code)];
  const layer = (name: string, text: string | undefined) =>
    text === undefined
      ? []
      : text.split("\n").map((line, index) => `  ${pc.dim((index === 0 ? name : "").padEnd(4))} ${line}`);
  return [
    head.filter((part) => part !== undefined).join("  "),
    ...layer("at", at),
    ...layer("why", why),
    ...layer("fix", fix),
  ];
}
