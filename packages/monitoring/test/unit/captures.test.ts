import { gzipSync } from "node:zlib";
import { captureLines, EventIds, readSummary, Summariser, summaryJson } from "../../src";
import { arrival, hour, record } from "../support/captures";
import { baseline, contract } from "../support/small";

async function linesOf(...chunks: (Uint8Array | string)[]): Promise<{ lines: string[]; damaged: string[] }> {
  const damaged: string[] = [];
  const stream = async function* () {
    for (const chunk of chunks) yield Buffer.from(chunk);
  };
  const lines: string[] = [];
  for await (const { text } of captureLines(stream(), (error) => damaged.push(error.message))) lines.push(text);
  return { lines, damaged };
}

function summarised(lines: readonly string[], options: { arrived?: Date; mostIds?: number } = {}) {
  const { arrived = arrival, ...rest } = options;
  const summariser = new Summariser({ baseline, contract, ...rest });
  for (const text of lines) summariser.addLine({ text, whole: true }, arrived, "one.jsonl");
  return summariser.hours().map(({ summary }) => summary);
}

const column = (name: string) => baseline.columns.findIndex((each) => each.name === name);

test("lines come out of files whose bytes are cut anywhere, plain or gzip", async () => {
  const text = `${record({ id: "ä" })}\n${record({ id: "b" })}\n`;
  const expected = [record({ id: "ä" }), record({ id: "b" })];
  for (const bytes of [Buffer.from(text), gzipSync(text)]) {
    for (const at of [0, 1, 2, 137, bytes.length - 1]) {
      const { lines, damaged } = await linesOf(bytes.subarray(0, at), bytes.subarray(at));
      expect({ lines, damaged }).toEqual({ lines: expected, damaged: [] });
    }
  }
  expect(await linesOf()).toEqual({ lines: [], damaged: [] });
});

test("a file that is cut off in the middle of a line gives what is whole, and the rest is refused", async () => {
  const text = `${record({ id: "a" })}\n${record({ id: "b" })}\n`;
  const { lines } = await linesOf(text.slice(0, -40));
  const [summary] = summarised(lines);
  expect(summary?.rows).toBe(1);
  expect([...(summary?.left.refused ?? [])]).toEqual([["not_json", 1]]);
});

test("a gzip file that is cut off says so and gives what could be unpacked", async () => {
  const text = Array.from({ length: 5_000 }, (_, at) => record({ id: `prediction ${at * 7_919}` })).join("\n");
  const packed = gzipSync(text);
  const { lines, damaged } = await linesOf(packed.subarray(0, packed.length / 2));
  expect(damaged).toEqual(["unexpected end of file"]);
  expect(lines.length).toBeGreaterThan(500);
});

test("files of several archives, with a byte order mark, carriage returns and empty lines are read", async () => {
  const [one, other] = [record({ id: "a" }), record({ id: "b" })];
  const marked = await linesOf(Buffer.from(`\uFEFF${one}\r\n\r\n${other}\r\n`));
  expect(summarised(marked.lines).map(({ rows, left }) => [rows, left.refused.size])).toEqual([[2, 0]]);
  const joined = await linesOf(Buffer.concat([gzipSync(`${one}\n`), gzipSync(`${other}\n`)]));
  expect(joined).toEqual({ lines: [one, other], damaged: [] });
});

test("a line without end is refused by its length and does not fill the memory", async () => {
  const endless = Array.from({ length: 40 }, () => "x".repeat(1 << 18));
  const summariser = new Summariser({ baseline, contract });
  const stream = async function* () {
    for (const chunk of [...endless, "\n", record()]) yield Buffer.from(chunk);
  };
  const lengths: number[] = [];
  for await (const line of captureLines(stream())) {
    lengths.push(line.text.length);
    summariser.addLine(line, arrival);
  }
  expect(Math.max(...lengths)).toBeLessThan(5 << 20);
  const found = summariser.hours().map(({ summary }) => [summary.rows, ...summary.left.refused]);
  expect(found).toEqual([[1, ["line_too_long", 1]]]);
});

test("base64 records count like plain ones, and CSV in the contract's order", () => {
  const csv = JSON.stringify({
    captureData: {
      endpointInput: { data: '150.0,"gold",yes,3\n', encoding: "CSV", observedContentType: "text/csv" },
      endpointOutput: { data: "0.3\n", encoding: "CSV", observedContentType: "text/csv" },
    },
    eventMetadata: { eventId: "c", inferenceTime: "2026-01-05T10:20:00Z" },
    eventVersion: "0",
  });
  const input = { minutes: 150, plan: "gold", active: true, version: 3 };
  const [summary] = summarised([record({ id: "a", encoding: "BASE64", input }), record({ id: "b", input }), csv]);
  expect(summary?.rows).toBe(3);
  expect([...(summary?.columns[column("minutes")]?.bins ?? [])]).toEqual([0, 0, 3, 0, 0, 0]);
  expect([...(summary?.columns[column("plan")]?.bins ?? [])]).toEqual([0, 3, 0]);
  expect([...(summary?.columns[column("active")]?.bins ?? [])]).toEqual([0, 3, 0]);
  expect(summary?.segments.map(({ rows }) => rows)).toEqual([3, 0]);
  expect([...(summary?.models.keys() ?? [])]).toEqual(["7", "unknown"]);
});

test.each([
  ["not_json", "{"],
  ["record_invalid", "[]"],
  ["record_invalid", '{"eventVersion":"0"}'],
  ["record_version", record({ version: "1" })],
  ["encoding_unknown", record().replaceAll('"encoding":"JSON"', '"encoding":"AVRO"')],
  ["input_invalid", record().replace('"data":"{', '"data":"{{')],
  ["output_invalid", record({ output: { churnProbability: "high" } })],
  ["record_invalid", record({ at: "yesterday" })],
])("%s: a line that is no record is counted and stops nothing", (reason, line) => {
  const [summary] = summarised([line, record()]);
  expect([...(summary?.left.refused ?? [])]).toEqual([[reason, 1]]);
  expect(summary?.rows).toBe(1);
});

test("NaN, infinities, texts, new categories and values outside the contract are counted by what they are", () => {
  const inputs = [
    { minutes: "NaN", plan: "tin", active: "perhaps" },
    { minutes: Number.MAX_VALUE, plan: "tin", active: null },
    { minutes: -5, plan: null, active: "yes" },
    { minutes: "1e999", plan: "gold", active: false },
  ];
  const [summary] = summarised(inputs.map((input, at) => record({ id: `${at}`, input })));
  const of = (name: string) => summary?.columns[column(name)];
  expect(of("minutes")).toMatchObject({ missing: 1, invalid: 1, below: 1, above: 1, absent: 0 });
  expect(of("active")).toMatchObject({ missing: 1, invalid: 1 });
  expect([...(of("plan")?.names ?? [])]).toEqual([["tin", 2]]);
  expect(of("version")).toMatchObject({ absent: 4 });
  const overflowing = `${record({ input: { minutes: 1 } })}`.replace('{\\"minutes\\":1}', '{\\"minutes\\":1e999}');
  expect(summarised([overflowing])[0]?.columns[column("minutes")]?.invalid).toBe(1);
});

test("names of new categories and fields are bounded", () => {
  const lines = Array.from({ length: 500 }, (_, at) =>
    record({ id: `${at}`, input: { minutes: 1, plan: `plan ${at}`, [`field ${at}`]: 1, customer: at } }),
  );
  const [summary] = summarised(lines);
  expect(summary?.columns[column("plan")]?.names.size).toBe(51);
  expect(summary?.unknown.get("…")).toBe(450);
});

test("a record counts in the hour of its own time, once, whatever order and file it comes in", () => {
  const lines = [record({ id: "a" }), record({ id: "b", at: "2026-01-05T09:59:59.999Z" }), record({ id: "a" })];
  const forward = summarised(lines);
  const backward = summarised(lines.reverse());
  expect(forward.map(({ window, rows, left }) => [window.from, rows, left.duplicates])).toEqual([
    ["2026-01-05T09:00:00.000Z", 1, 0],
    ["2026-01-05T10:00:00.000Z", 1, 1],
  ]);
  expect(backward.map((each) => summaryJson(each, baseline))).toEqual(
    forward.map((each) => summaryJson(each, baseline)),
  );
});

test("an hour goes on in another process where it stopped", () => {
  const first = new Summariser({ baseline, contract });
  first.addLine({ text: record({ id: "a" }), whole: true }, arrival, "one.jsonl");
  const [state] = first.hours();
  if (state === undefined) throw new Error("no hour");
  const second = new Summariser({ baseline, contract });
  second.resume(readSummary(summaryJson(state.summary, baseline), baseline), EventIds.fromBytes(state.ids.toBytes()));
  for (const id of ["a", "b"]) second.addLine({ text: record({ id }), whole: true }, arrival, "two.jsonl");
  expect(second.hours().map(({ summary: { rows, left, sources } }) => [rows, left.duplicates, [...sources]])).toEqual([
    [2, 1, ["one.jsonl", "two.jsonl"]],
  ]);
});

test("what comes after its hour was closed is counted as late, and a time in the future is that of the arrival", () => {
  const old = record({ id: "old", at: "2026-01-03T09:30:00.000Z" });
  const ahead = record({ id: "ahead", at: "2027-01-01T00:00:00.000Z" });
  const found = summarised([old, ahead, record({ at: "2026-01-05T10:34:00.000Z" })]);
  expect(found.map(({ window, rows, left }) => ({ ...window, rows, late: left.late, skewed: left.skewed }))).toEqual([
    { ...hour, rows: 2, late: 1, skewed: 1 },
  ]);
  expect(found[0]?.models.get("7")?.last).toBe("2026-01-05T10:34:00.000Z");
});

test("more ids than an hour keeps are counted, and said to be unchecked", () => {
  const lines = ["a", "b", "c", "c", "a"].map((id) => record({ id }));
  const [summary] = summarised(lines, { mostIds: 2 });
  expect(summary).toMatchObject({ rows: 4, left: { duplicates: 1, unchecked: 2 } });
});

test("a set of ids finds every one again, and none that is not in it", () => {
  const ids = new EventIds();
  const name = (at: number) => `0000-${at.toString(16)}-${at * 31}`;
  let taken = 0;
  for (let at = 0; at < 20_000; at += 1) if (ids.add(name(at)) === "new") taken += 1;
  expect(taken).toBe(20_000);
  const again = EventIds.fromBytes(ids.toBytes());
  expect(again.size).toBe(20_000);
  for (let at = 0; at < 20_000; at += 100) expect(again.add(name(at))).toBe("seen");
  expect(again.add("another")).toBe("new");
});
