import { execFileSync } from "node:child_process";
import { join, resolve } from "node:path";
import { collectRows, DataSetError, readContract } from "@sagewright/contract";
import fc from "fast-check";

const contract = {
  format: 1,
  name: "parity",
  missing: ["", "?", "NA"],
  id: ["id"],
  ignore: ["row"],
  target: { column: "y", kind: "binary", positive: ["yes"], negative: ["no"] },
  columns: [
    { name: "plan", type: "category", categories: ["a", "b c", 'q"x', "é"], unknown: "refuse" },
    { name: "open", type: "category", categories: ["z"], unknown: "ignore" },
    { name: "on", type: "boolean", true: ["1", "t"], false: ["0"] },
    { name: "n", type: "integer", minimum: -5, maximum: 50, required: true },
    { name: "x", type: "number", minimum: 0 },
  ],
  segments: [],
};

/** Usual values first, then those that break a rule or look as if they did. */
const values: Readonly<Record<string, readonly [usual: readonly string[], odd: readonly string[]]>> = {
  id: [Array.from({ length: 60 }, (_, index) => String(index)), [" 4", "", "?"]],
  plan: [
    ["a", "b c", 'q"x'],
    ["é", "A", " a ", "NA", "a\u00a0", "\u2003a"],
  ],
  open: [
    ["z", "other"],
    ["a,b", "x;y", "l1\nl2", "l\r\nm", "?"],
  ],
  on: [
    ["1", "t", "0"],
    ["T", " 1", "1.0", ""],
  ],
  n: [
    ["1", "50", "-5"],
    ["51", "-6", "3.0", "3.5", "1e1", "+7", "x", "", "5e-1", "١"],
  ],
  x: [
    ["0", "0.5", "007"],
    ["1e400", "-0", "-1", ".5", "1,5", "1e-400", "NaN", "  2 "],
  ],
  y: [
    ["yes", "no"],
    ["Yes", "", "?", "no "],
  ],
  row: [["1", "2"], ["x"]],
  extra: [["e"], ["f"]],
};

const cell = (column: string): fc.Arbitrary<string> => {
  const [usual, odd] = values[column] ?? [[""], [""]];
  return fc.oneof(
    { weight: 30, arbitrary: fc.constantFrom(...usual) },
    { weight: 1, arbitrary: fc.constantFrom(...odd) },
  );
};

/** Mostly well-formed; now and then a field too few or too many, a quote left open, or text after a closing quote. */
const file: fc.Arbitrary<string> = fc
  .record({
    delimiter: fc.constantFrom(",", ";", "\t", "|"),
    columns: fc.shuffledSubarray(Object.keys(values), { minLength: 8 }),
    end: fc.constantFrom("\n", "\r\n", "\r"),
    bom: fc.boolean(),
    blankLines: fc.nat(20),
  })
  .chain(({ delimiter, columns, end, bom, blankLines }) => {
    const quoted = (text: string, force: boolean): string => {
      const needed = force || /["\r\n]/.test(text) || text.includes(delimiter);
      return needed ? `"${text.replaceAll('"', '""')}"` : text;
    };
    const fields = fc.tuple(
      ...columns.map((column) => fc.tuple(cell(column), fc.boolean()).map(([text, force]) => quoted(text, force))),
    );
    const damage = fc.oneof(
      { weight: 40, arbitrary: fc.constant("none") },
      { weight: 1, arbitrary: fc.constantFrom("less", "more", "open", "after") },
    );
    const row = fc.tuple(fields, damage).map(([texts, kind]) => {
      if (kind === "less") return texts.slice(1);
      if (kind === "more") return [...texts, "more"];
      if (kind === "open") return [`"${texts[0]}`, ...texts.slice(1)];
      return kind === "after" ? ['"a"b', ...texts.slice(1)] : texts;
    });
    return fc.array(row, { minLength: 1, maxLength: 25 }).map((rows) => {
      const lines = [columns, ...rows].map((texts) => texts.join(delimiter));
      if (blankLines < 3) lines.splice(blankLines, 0, "", "");
      return (bom ? "\ufeff" : "") + lines.join(end) + end;
    });
  });

async function ours(csv: string): Promise<unknown> {
  try {
    const read = readContract(contract);
    const { rows, quarantine, warnings } = await collectRows(read, Buffer.from(csv));
    return {
      accepted: rows.map(({ line, values: row, target }) => [line, read.columns.map(({ name }) => row[name]), target]),
      quarantined: quarantine.map(({ line, problems: [{ code, column }] }) => [line, code, column]),
      warnings: warnings.map(({ code }) => code),
    };
  } catch (error) {
    if (error instanceof DataSetError) return { error: error.code };
    throw error;
  }
}

describe("the contract's row rules", () => {
  test("are the same in TypeScript and Python on 2,000 random files", async () => {
    const python = process.env.SAGEWRIGHT_PYTHON;
    if (python === undefined) throw new Error("SAGEWRIGHT_PYTHON names no Python. Run the tests with npm test.");
    const files = fc.sample(file, { numRuns: 2000, seed: 20_260 });
    const scripts = resolve(__dirname, "../../packages/sklearn/python");
    const output = execFileSync(python, [join(__dirname, "contract_answers.py"), scripts], {
      input: JSON.stringify(files.map((csv) => ({ contract, csv }))),
      maxBuffer: 1 << 28,
    });
    const theirs: unknown[] = JSON.parse(output.toString());
    const mine: unknown[] = [];
    for (const csv of files) mine.push(JSON.parse(JSON.stringify(await ours(csv))));
    const differing = files.flatMap((csv, index) => {
      const [a, b] = [mine[index], theirs[index]].map((answer) => JSON.stringify(answer));
      return a === b ? [] : [{ csv, typescript: mine[index], python: theirs[index] }];
    });
    const codes = new Set(mine.flatMap((answer) => JSON.stringify(answer).match(/"[a-z]+_[a-z_]+"/g) ?? []));
    expect(codes.size).toBeGreaterThanOrEqual(14);
    expect(differing.slice(0, 3)).toEqual([]);
  }, 120_000);
});
