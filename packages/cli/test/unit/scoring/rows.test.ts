import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Contract, checkRows, DataSetError, readContract } from "@sagewright/contract";
import fc from "fast-check";
import { ScoringColumns } from "../../../src/scoring/columns";
import { CsvReader } from "../../../src/scoring/csv-reader";
import { fieldCountProblem } from "../../../src/scoring/field-count";
import { UnreadableBytes } from "../../../src/scoring/rows";
import { openSource } from "../../../src/scoring/source";

/** Rows of a file as far as scoring needs them: line and values of the good ones, line and reasons of the others. */
type Outcome = { accepted: unknown[]; quarantined: unknown[]; warnings: string[] } | { error: string; message: string };

const folder = mkdtempSync(join(tmpdir(), "sagewright-rows-"));
const file = join(folder, "customers.csv");
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The contract's own reader of CSV files. */
async function byContract(contract: Contract, bytes: Uint8Array): Promise<Outcome> {
  const accepted: unknown[] = [];
  const quarantined: unknown[] = [];
  try {
    const rows = checkRows(contract, bytes, { name: "customers", target: false });
    for (let next = await rows.next(); ; next = await rows.next()) {
      if (next.done === true)
        return { accepted, quarantined, warnings: next.value.warnings.map(({ message }) => message) };
      const row = next.value;
      if (row.ok) accepted.push([row.line, contract.columns.map(({ name }) => row.values[name])]);
      else
        for (const { code, column, value, message } of row.problems)
          quarantined.push([row.line, code, column, String(value), message]);
    }
  } catch (error) {
    if (!(error instanceof DataSetError)) throw error;
    if (error.code === "no_rows") return { accepted, quarantined, warnings: [] };
    return { error: error.code, message: error.message };
  }
}

/** The reader of scoring threads, task by task. */
async function byTasks(contract: Contract, bytes: Uint8Array, taskBytes: number): Promise<Outcome> {
  writeFileSync(file, bytes);
  const accepted: unknown[] = [];
  const quarantined: unknown[] = [];
  try {
    const source = await openSource(contract, file, { name: "customers", taskBytes });
    if (source.input.format !== "csv") throw new Error("not read as CSV");
    const known = contract.columns.map((column) =>
      "categories" in column ? { ...column } : { ...column, categories: [] },
    );
    const columns = new ScoringColumns(contract.toJSON(), { columns: known });
    const fieldCount = await fieldCountProblem(contract, source.input);
    const reader = new CsvReader(contract, columns, { ...source.input, fieldCount });
    let line = source.firstLine;
    for (let at = source.start; ; ) {
      const cut = source.task(at, 0);
      if (cut === undefined) {
        source.close();
        break;
      }
      if (!("bytes" in cut.task)) throw new Error("no bytes");
      const read = await attempt(
        () => reader.read("bytes" in cut.task ? cut.task.bytes : Buffer.alloc(0)),
        () => source.refuse(at, cut.next, line),
      );
      for (let row = 0; row < read.rows; row += 1) {
        accepted.push([
          line + read.lineOf(row),
          contract.columns.map((_, column) => canonical(contract, columns, row, column)),
        ]);
      }
      for (const { line: within, text } of read.refused) quarantined.push([line + within, text]);
      line += read.lines;
      at = cut.next;
    }
    return { accepted, quarantined, warnings: [...source.warnings] };
  } catch (error) {
    if (error instanceof DataSetError) return { error: error.code, message: error.message };
    throw error;
  }
}

async function attempt<T>(work: () => T, otherwise: () => Promise<Error>): Promise<T> {
  try {
    return work();
  } catch (error) {
    throw error instanceof UnreadableBytes ? await otherwise() : error;
  }
}

function canonical(contract: Contract, columns: ScoringColumns, row: number, column: number): unknown {
  const spec = contract.columns[column];
  const value = columns.values[column]?.[row] as number;
  if (spec?.type !== "category") return Number.isNaN(value) ? null : value;
  return value === -1 ? null : value === -2 ? "UNKNOWN" : spec.categories[value];
}

/** What both must agree on: an open category's text is passed on, not kept; a refusal's text begins with its reasons. */
function comparable(contract: Contract, outcome: Outcome): Outcome {
  if ("error" in outcome) return outcome;
  const accepted = (outcome.accepted as [number, unknown[]][]).map(([line, values]) => [
    line,
    values.map((value, index) => {
      const spec = contract.columns[index];
      const open = spec?.type === "category" && value !== null && !spec.categories.includes(String(value));
      return open ? "UNKNOWN" : Object.is(value, -0) ? "-0" : value;
    }),
  ]);
  return { ...outcome, accepted };
}

async function requireEqual(contract: Contract, bytes: Uint8Array, taskBytes: number): Promise<Outcome> {
  const theirs = comparable(contract, await byContract(contract, bytes));
  const ours = comparable(contract, await byTasks(contract, bytes, taskBytes));
  if ("error" in theirs || "error" in ours) {
    expect(ours).toEqual(theirs);
    return ours;
  }
  expect(ours.accepted).toEqual(theirs.accepted);
  expect(ours.warnings).toEqual(theirs.warnings.length > 0 ? theirs.warnings : ours.warnings);
  expect(ours.quarantined.map((each) => (each as [number])[0])).toEqual(
    theirs.quarantined.map((each) => (each as [number])[0]),
  );
  for (const [index, each] of theirs.quarantined.entries()) {
    const [, ...reasons] = each as [number, string, string, string, string];
    const [, text] = ours.quarantined[index] as [number, string];
    const quoted = reasons.map((part) => (/[",\r\n]/.test(part) ? `"${part.replaceAll('"', '""')}"` : part));
    expect(text.slice(0, quoted.join(",").length)).toBe(quoted.join(","));
  }
  return ours;
}

const fixtures = join(__dirname, "../../../../../test/parity/fixtures/contract");

describe("scoring threads accept and refuse the rows that the contract does, for the same reasons", () => {
  const cases = readdirSync(fixtures)
    .filter((name) => name.endsWith(".json"))
    .map((name) => [name, JSON.parse(readFileSync(join(fixtures, name), "utf8"))] as const);

  test.each(cases)("%s, in one task and in many", async (_, { contract, csv = "", csvBase64 }) => {
    const bytes = csvBase64 === undefined ? Buffer.from(csv) : Buffer.from(csvBase64, "base64");
    for (const taskBytes of [1 << 20, 16, 3]) await requireEqual(readContract(contract), bytes, taskBytes);
  });

  test("on 3,000 random files", async () => {
    const seen = new Set<string>();
    await fc.assert(
      fc.asyncProperty(randomFile, fc.constantFrom(1 << 20, 40, 7), async (csv, taskBytes) => {
        const outcome = await requireEqual(contract, Buffer.from(csv), taskBytes);
        if ("error" in outcome) seen.add(outcome.error);
        else for (const each of outcome.quarantined) seen.add((each as [number, string])[1].split(",")[0] ?? "");
      }),
      { numRuns: 3000, seed: 4 },
    );
    expect([...seen].sort()).toEqual([
      ...["above_maximum", "below_minimum", "column_missing", "field_count", "not_a_boolean", "not_a_number"],
      ...["not_an_integer", "required_missing", "unknown_category"],
    ]);
  }, 120_000);
});

const contract = readContract({
  format: 1,
  name: "rows",
  missing: ["", "?", "NA", "-1"],
  id: ["id"],
  ignore: ["row"],
  target: { column: "y", kind: "binary", positive: ["yes"], negative: ["no"] },
  columns: [
    { name: "plan", type: "category", categories: ["a", "b c", 'q"x', "é"], unknown: "refuse" },
    { name: "open", type: "category", categories: ["z"], unknown: "ignore" },
    { name: "on", type: "boolean", true: ["1", "t"], false: ["0"] },
    { name: "n", type: "integer", minimum: -5, maximum: 50, required: true },
    { name: "x", type: "number", minimum: 0 },
    { name: "any", type: "number" },
  ],
  segments: [],
});

/** Usual values first, then those that break a rule or look as if they did. */
const values: Readonly<Record<string, readonly [usual: readonly string[], odd: readonly string[]]>> = {
  id: [
    ["1", "2", "3"],
    ["", "?"],
  ],
  plan: [
    ["a", "b c", 'q"x'],
    ["é", "A", " a ", "NA", "a\u00a0", "\u2003a", "-1"],
  ],
  open: [
    ["z", "other"],
    ["a,b", "x;y", "l1\nl2", "l\r\nm", "?", " z"],
  ],
  on: [
    ["1", "t", "0"],
    ["T", " 1", "1.0", ""],
  ],
  n: [
    ["1", "50", "-5"],
    ["51", "-6", "3.0", "3.5", "1e1", "+7", "x", "", "5e-1", "١", "-1", "-1.0"],
  ],
  x: [
    ["0", "0.5", "007"],
    ["1e400", "-0", "-1", ".5", "1,5", "1e-400", "NaN", "  2 ", "5.", "-"],
  ],
  any: [
    ["123.456", "-98765.4321", "0.1", "1e10", "0.30000000000000004", "12345678901234567890", "9007199254740993"],
    ["-0", "-0.0", "+1.5", "1.7976931348623157e308", "1e309", "4.9e-324", "\u00a01", "--1", "1e", "0x10"],
  ],
  y: [["yes", "no"], [""]],
  row: [["1", "2"], ["x"]],
  extra: [["e"], ["f"]],
};

const cell = (column: string): fc.Arbitrary<string> => {
  const [usual, odd] = values[column] ?? [[""], [""]];
  return fc.oneof(
    { weight: 20, arbitrary: fc.constantFrom(...usual) },
    { weight: 1, arbitrary: fc.constantFrom(...odd) },
  );
};

const randomFile: fc.Arbitrary<string> = fc
  .record({
    delimiter: fc.constantFrom(",", ";", "\t", "|"),
    columns: fc.shuffledSubarray(Object.keys(values), { minLength: 9 }),
    end: fc.constantFrom("\n", "\r\n", "\r"),
    quotes: fc.boolean(),
    bom: fc.boolean(),
    blankLines: fc.nat(20),
    lastEnd: fc.boolean(),
  })
  .chain(({ delimiter, columns, end, quotes, bom, blankLines, lastEnd }) => {
    const quoted = (text: string, force: boolean): string => {
      const needed = force || /["\r\n]/.test(text) || text.includes(delimiter);
      return needed ? `"${text.replaceAll('"', '""')}"` : text;
    };
    const fields = fc.tuple(
      ...columns.map((column) =>
        fc.tuple(cell(column), fc.boolean()).map(([text, force]) => quoted(text, force && quotes)),
      ),
    );
    const damage = fc.oneof(
      { weight: 40, arbitrary: fc.constant("none") },
      { weight: 1, arbitrary: fc.constantFrom("less", "more", "open", "after", "blank") },
    );
    const row = fc.tuple(fields, damage).map(([texts, kind]) => {
      if (kind === "less") return texts.slice(1);
      if (kind === "more") return [...texts, "more"];
      if (kind === "blank") return [""];
      if (kind === "open") return [`"${texts[0]}`, ...texts.slice(1)];
      return kind === "after" ? ['"a"b', ...texts.slice(1)] : texts;
    });
    return fc.array(row, { minLength: 1, maxLength: 25 }).map((rows) => {
      const lines = [columns, ...rows].map((texts) => texts.join(delimiter));
      if (blankLines < 3) lines.splice(blankLines, 0, "", "");
      return (bom ? "\ufeff" : "") + lines.join(end) + (lastEnd ? end : "");
    });
  });
