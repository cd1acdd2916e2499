import {
  boolean,
  collectRows,
  defineContract,
  NUMBER_PATTERN,
  number,
  openCsv,
  parseNumber,
} from "@sagewright/contract";
import { parse } from "csv-parse/sync";
import fc from "fast-check";

/** `String(-0)` is "0". */
function spelled(value: number): string {
  return Object.is(value, -0) ? "-0" : String(value);
}

describe("the number grammar", () => {
  test("reads every finite float64 as JSON writes it, to the same bits", () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        expect(parseNumber(spelled(value))).toBe(value);
        if (value !== 0) expect(parseNumber(value.toExponential())).toBe(value);
      }),
    );
  });

  test("takes a text exactly when JSON does, apart from a plus sign and leading zeros", () => {
    const text = fc.string({ unit: fc.constantFrom(..."+-0123456789.eE _,xna"), maxLength: 12 });
    fc.assert(
      fc.property(text, (candidate) => {
        const json = candidate.replace(/^\+(?=\d)/, "").replace(/^(-?)0+(?=\d)/, "$1");
        let known: number | undefined;
        try {
          const value: unknown = json.trim() === json ? JSON.parse(json) : undefined;
          known = typeof value === "number" && Number.isFinite(value) ? value : undefined;
        } catch {
          known = undefined;
        }
        expect(parseNumber(candidate)).toBe(known);
      }),
      { numRuns: 3000 },
    );
  });

  test("is what its pattern says, up to overflow", () => {
    expect(new RegExp(NUMBER_PATTERN).test("1e400")).toBe(true);
    expect(parseNumber("1e400")).toBeUndefined();
  });
});

const field = fc.string({
  unit: fc.constantFrom("a", "é", "😀", " ", '"', ",", ";", "\t", "|", "\n", "\r", "'", "0"),
  maxLength: 8,
});

describe("the CSV reader", () => {
  const delimiters = fc.constantFrom(",", ";", "\t", "|");
  const tables = fc
    .integer({ min: 1, max: 5 })
    .chain((width) =>
      fc.array(fc.array(field, { minLength: width, maxLength: width }), { minLength: 1, maxLength: 8 }),
    );

  test("gives back any table that was written with quotes, however the bytes are cut", async () => {
    const ends = fc.constantFrom("\n", "\r\n", "\r");
    await fc.assert(
      fc.asyncProperty(
        tables,
        delimiters,
        ends,
        fc.integer({ min: 1, max: 20 }),
        async (table, delimiter, end, cut) => {
          const header = (table[0] ?? []).map((_, index) => `c${index}`);
          const lines = [header, ...table].map((row) =>
            row.map((text) => `"${text.replaceAll('"', '""')}"`).join(delimiter),
          );
          const bytes = Buffer.from(lines.join(end));
          const pieces = Array.from({ length: Math.ceil(bytes.length / cut) }, (_, i) =>
            bytes.subarray(i * cut, (i + 1) * cut),
          );
          const opened = await openCsv(pieces);
          const rows: (readonly string[])[] = [];
          for await (const batch of opened.batches) rows.push(...batch.map((record) => record.fields));
          expect(opened.header).toEqual(header);
          expect(rows).toEqual(table);
        },
      ),
    );
  });

  test("agrees with csv-parse on files whose quotes are well-formed", async () => {
    const plain = fc.string({ unit: fc.constantFrom("a", "b", " ", "1", "é"), minLength: 1, maxLength: 5 });
    const cell = fc.oneof(
      plain,
      field.map((text) => `"${text.replaceAll('"', '""')}"`),
    );
    const files = fc.array(fc.array(cell, { minLength: 2, maxLength: 2 }), { minLength: 1, maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(files, async (rows) => {
        const text = `x,y\n${rows.map((row) => row.join(",")).join("\n")}\n`;
        const theirs: string[][] = parse(text, { record_delimiter: "\n" });
        const opened = await openCsv(text, { delimiter: "," });
        const ours: (readonly string[])[] = [];
        for await (const batch of opened.batches) ours.push(...batch.map((record) => record.fields));
        expect(ours).toEqual(theirs.slice(1));
      }),
    );
  });
});

describe("numbers through a CSV", () => {
  const contract = defineContract({
    name: "trip",
    target: { column: "y", positive: "1", negative: "0" },
    columns: { x: number(), b: boolean({ true: "t", false: "f" }) },
  });

  test("come back bit for bit, with the right target and line", async () => {
    const rows = fc.array(fc.tuple(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.boolean()), {
      minLength: 1,
      maxLength: 20,
    });
    await fc.assert(
      fc.asyncProperty(rows, async (table) => {
        const both: [number, boolean][] = [...table, [0, true], [0, false]];
        const text = `x,b,y\n${both.map(([x, b]) => `${spelled(x)},${b ? "t" : "f"},${b ? 1 : 0}`).join("\n")}`;
        const { rows: read } = await collectRows(contract, text);
        expect(read.map(({ values, target, line }) => [values.x, values.b, target, line])).toEqual(
          both.map(([x, b], index) => [x, b ? 1 : 0, b ? 1 : 0, index + 2]),
        );
      }),
    );
  });
});
