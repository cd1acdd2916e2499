import { isUtf8 } from "node:buffer";
import { type Contract, type RowChecker, type RowProblem, rowChecker } from "@sagewright/contract";
import type { ScoringColumns } from "./columns";
import type { Refusal } from "./plan";
import { refusals } from "./refusal";
import { type ReadRows, UnreadableBytes } from "./rows";

const LINE_FEED = 10;

/** Rows of JSON: their objects and the texts of their lines. */
export interface NdjsonRows extends ReadRows {
  readonly objects: readonly Record<string, unknown>[];
  readonly texts: readonly string[];
}

/**
 * Checks JSON objects, one a line, by the contract's rules for JSON values. Members that the contract does not know, and
 * the target, are passed on and not looked at, as the columns of a CSV are.
 */
export class NdjsonReader {
  readonly #checker: RowChecker;
  readonly #known: readonly string[];
  readonly #passed: ReadonlySet<string>;

  constructor(
    contract: Contract,
    readonly columns: ScoringColumns,
  ) {
    this.#checker = rowChecker(contract);
    this.#known = contract.columns.map(({ name }) => name);
    this.#passed = new Set([...this.#known, ...contract.id, ...contract.ignore, contract.target.column]);
  }

  /**
   * Reads whole lines.
   *
   * @throws UnreadableBytes when they are no UTF-8 or hold zero bytes.
   */
  read(bytes: Uint8Array): NdjsonRows {
    if (!isUtf8(bytes) || bytes.includes(0)) throw new UnreadableBytes();
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("utf8");
    const parts = text.split("\n");
    if (bytes[bytes.length - 1] === LINE_FEED) parts.pop();
    this.columns.reserve(parts.length);
    const objects: Record<string, unknown>[] = [];
    const texts: string[] = [];
    const places: number[] = [];
    const refused: Refusal[] = [];
    const unexpected = new Set<string>();
    let quarantined = 0;
    for (const [line, part] of parts.entries()) {
      const record = part.trim();
      if (record === "") continue;
      const { object, problems } = this.#check(record, objects.length);
      if (problems.length > 0) {
        refused.push(...refusals(line, problems, record));
        quarantined += 1;
        continue;
      }
      for (const name of Object.keys(object)) if (!this.#passed.has(name)) unexpected.add(name);
      objects.push(object);
      texts.push(record);
      places.push(line);
    }
    return {
      ...{
        rows: objects.length,
        refused,
        quarantined,
        lines: parts.length,
        unexpected: [...unexpected],
        objects,
        texts,
      },
      lineOf: (row) => places[row] ?? 0,
      textOf: (row) => texts[row] ?? "",
      remove(row) {
        for (const list of [objects, texts, places]) list.splice(row, 1);
      },
    };
  }

  #check(record: string, row: number): { object: Record<string, unknown>; problems: readonly RowProblem[] } {
    let value: unknown;
    try {
      value = JSON.parse(record);
    } catch (error) {
      return { object: {}, problems: [notJson(record, error)] };
    }
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      const checked = this.#checker.json(value);
      return { object: {}, problems: checked.ok ? [] : checked.problems };
    }
    const object = value as Record<string, unknown>;
    const features: Record<string, unknown> = {};
    for (const name of this.#known) if (Object.hasOwn(object, name)) features[name] = object[name];
    const checked = this.#checker.json(features);
    if (checked.ok) this.columns.put(row, checked.values);
    return { object, problems: checked.ok ? [] : checked.problems };
  }
}

function notJson(record: string, error: unknown): RowProblem {
  const allowed = "one JSON object a line";
  return {
    code: "not_an_object",
    column: "",
    value: record.slice(0, 60),
    message: `The line is not JSON: ${(error as Error).message}. Give ${allowed}.`,
    allowed,
  };
}
