import fc from "fast-check";
import { filterColumns, filterJson, parseFilter } from "../../../src/services/sagemaker/transform/json-path";
import { bodyOf, linesOf, payloadsOf } from "../../../src/services/sagemaker/transform/records";
import { columnsOf, predictionsOf } from "../../../src/services/sagemaker/transform/shaping";

async function* chunked(text: string, size: number): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

describe("records of a file", () => {
  it("are its lines, however the file arrives in pieces", async () => {
    const line = fc.string().map((text) => text.replaceAll("\n", ""));
    await fc.assert(
      fc.asyncProperty(
        fc.array(line, { minLength: 1 }),
        fc.integer({ min: 1, max: 7 }),
        fc.boolean(),
        async (lines, size, ended) => {
          const text = lines.join("\n") + (ended ? "\n" : "");
          const found: string[] = [];
          for await (const record of linesOf(chunked(text, size))) found.push(record.toString());
          const expected = text.split("\n");
          if (expected.at(-1) === "") expected.pop();
          expect(found).toEqual(expected);
        },
      ),
    );
  });

  it("are grouped in order, below the limit, and together are the file", async () => {
    const lines = fc.array(
      fc.string({ maxLength: 10 }).map((text) => text.replaceAll("\n", "")),
      { minLength: 1 },
    );
    await fc.assert(
      fc.asyncProperty(lines, fc.integer({ min: 40, max: 100 }), async (all, limit) => {
        const bodies: string[] = [];
        const source = (async function* () {
          for (const text of all) yield Buffer.from(text);
        })();
        for await (const payload of payloadsOf(source, "MultiRecord", limit)) {
          const body = bodyOf(payload);
          expect(body.byteLength).toBeLessThanOrEqual(limit);
          bodies.push(body.toString());
        }
        expect(bodies.join("\n")).toBe(all.join("\n"));
      }),
    );
  });

  it("may not be larger than a payload", async () => {
    const source = (async function* () {
      yield Buffer.from("12345");
    })();
    await expect(payloadsOf(source, "SingleRecord", 4).next()).rejects.toThrow(
      "A record has 5 bytes, and MaxPayloadInMB allows 4.",
    );
  });
});

describe("filters", () => {
  const row = ["a", "b", "c", "d"];
  it.each([
    ["$", "abcd"],
    ["$[1:]", "bcd"],
    ["$[0,2:]", "acd"],
    ["$[:2]", "ab"],
    ["$[-1]", "d"],
    ["$[-2:]", "cd"],
    ["$[0:-1]", "abc"],
  ])("%s keeps %s of abcd", (path, kept) => {
    expect(filterColumns(parseFilter("InputFilter", path), row).join("")).toBe(kept);
  });

  it("keep members of objects by name", () => {
    const value = { id: 1, SageMakerOutput: 0.5, other: [] };
    expect(filterJson(parseFilter("OutputFilter", "$['id','SageMakerOutput']"), value)).toEqual({
      id: 1,
      SageMakerOutput: 0.5,
    });
    expect(filterJson(parseFilter("OutputFilter", "$.id"), value)).toBe(1);
    expect(() => filterJson(parseFilter("OutputFilter", "$[0]"), value)).toThrow("does not fit a JSON object");
  });

  it.each(["$..a", "$.a.b", "$[?(@.a)]", "id", "$[]", "$['a', b]"])("%s is refused, not guessed", (path) => {
    expect(() => parseFilter("InputFilter", path)).toThrow(
      `InputFilter: the JSONPath ${JSON.stringify(path)} is not emulated`,
    );
  });
});

describe("rows", () => {
  it("are cut at commas outside quotes, and kept as written", () => {
    expect(columnsOf('1,"a,b","say ""x""",\r')).toEqual(["1", '"a,b"', '"say ""x"""', ""]);
  });

  it("must be answered one by one to be joined", () => {
    expect(predictionsOf("0.1\n0.2\n", 2)).toEqual(["0.1", "0.2"]);
    expect(() => predictionsOf("0.1\n", 2)).toThrow(
      "The container answered 1 lines for 2 records, so they cannot be joined.",
    );
  });
});
