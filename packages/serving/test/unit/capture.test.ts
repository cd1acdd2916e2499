import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Capture, hourlyFolder, openCaptures, type RecordSink, type RefusedLine } from "@sagewright/serving";
import { post, startApi } from "./serving";

const row = { plan: "basic", international: true, tenure: 3, minutes: 120.5 };
const folder = mkdtempSync(join(tmpdir(), "sagewright-capture-"));
afterAll(() => rmSync(folder, { recursive: true }));
const now = () => new Date("2026-01-02T03:04:05Z");

const memory = (): RecordSink & { lines: string[] } => {
  const lines: string[] = [];
  return { lines, append: async (_at, text) => void lines.push(...text.trimEnd().split("\n")) };
};

describe("capture", () => {
  test("writes SageMaker's shape by hour: the features in canonical form and the answer, no other field", async () => {
    const capture = new Capture({ sink: hourlyFolder(join(folder, "a"), { name: "one" }), now });
    const api = await startApi("binary", { capture });
    const answer = await api.send("/predict", post(row));
    await api.send("/predict", post({ ...row, tenure: -1 }));
    await capture.flush();
    const text = readFileSync(join(folder, "a/2026/01/02/03/one.jsonl"), "utf8");
    const records = text
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(records).toEqual([
      {
        captureData: {
          endpointInput: {
            observedContentType: "application/json",
            mode: "INPUT",
            data: expect.any(String),
            encoding: "JSON",
          },
          endpointOutput: {
            observedContentType: "application/json",
            mode: "OUTPUT",
            data: expect.any(String),
            encoding: "JSON",
          },
        },
        eventMetadata: { eventId: answer.body.predictionId, inferenceTime: "2026-01-02T03:04:05.000Z" },
        eventVersion: "0",
      },
    ]);
    const { endpointInput, endpointOutput } = records[0].captureData;
    expect(JSON.parse(endpointInput.data)).toEqual({ ...row, international: 1 });
    expect(JSON.parse(endpointOutput.data)).toEqual({
      churnProbability: answer.body.churnProbability,
      churn: true,
      modelVersion: "7",
    });
    expect((await api.send("/metrics")).body).toContain("sagewright_captured_total 1\n");
    expect((await api.send("/stats")).body.capture).toEqual({ written: 1, dropped: 0 });
    await api.close();
  });

  test("takes the share it was told", async () => {
    const sink = memory();
    let drawn = 0;
    const random = () => {
      drawn += 1;
      return (drawn % 10) / 10;
    };
    const capture = new Capture({ sink, share: 0.2, random, now });
    const api = await startApi("binary", { capture });
    await api.send("/predict/batch", post(Array(50).fill(row)));
    await capture.flush();
    expect(sink.lines).toHaveLength(10);
    await api.close();
  });

  test("never holds a request up: what is too much, or cannot be written, is dropped and counted", async () => {
    let release = (): void => undefined;
    const stuck = new Promise<void>((resolve) => {
      release = resolve;
    });
    const capture = new Capture({ sink: { append: () => stuck }, mostWaiting: 5, now });
    const api = await startApi("binary", { capture });
    void capture.flush();
    const answer = await api.send("/predict/batch", post(Array(50).fill(row)));
    expect([answer.body.answered, capture.counts().dropped]).toEqual([50, 45]);
    expect((await api.send("/stats")).body.capture).toEqual({ written: 0, dropped: 45 });
    release();
    await capture.flush();
    expect(capture.counts()).toEqual({ written: 5, dropped: 45 });
    const broken = new Capture({ sink: { append: () => Promise.reject(new Error("disk full")) }, now });
    broken.observe({}, { predictionId: "p", value: 1, drivers: [], modelVersion: "1", latencyMs: 0 });
    await broken.flush();
    expect(broken.counts()).toEqual({ written: 0, dropped: 1 });
    await api.close();
  });

  test("is exported with the outcomes that feedback gave", async () => {
    const captures = join(folder, "b");
    const groundTruth = join(folder, "truth");
    const capture = new Capture({ sink: hourlyFolder(captures), now });
    const api = await startApi("binary", { capture, feedback: hourlyFolder(groundTruth, { durable: true }) });
    const ids: string[] = [];
    for (const tenure of [3, 40]) ids.push((await api.send("/predict", post({ ...row, tenure }))).body.predictionId);
    expect((await api.send("/feedback", post({ predictionId: ids[0], outcome: false }))).status).toBe(202);
    const told = await api.send("/feedback", post({ predictionId: ids[0], outcome: true }));
    expect(told.body).toEqual({ predictionId: ids[0], recorded: true });
    await capture.flush();
    const { columns, rows } = await openCaptures({ captures, groundTruth });
    const table = await collected(rows());
    expect(columns.map(({ name, type }) => `${name}:${type}`).join(" ")).toBe(
      "eventId:string inferenceTime:string plan:string international:number tenure:number minutes:number " +
        "churnProbability:number churn:boolean modelVersion:string outcome:number",
    );
    const at = "2026-01-02T03:04:05.000Z";
    expect(table).toEqual([
      [ids[0], at, "basic", 1, 3, 120.5, expect.any(Number), true, "7", 1],
      [ids[1], at, "basic", 1, 40, 120.5, expect.any(Number), expect.any(Boolean), "7", null],
    ]);
    const within = async (range: { from?: string; to?: string }) =>
      (await collected((await openCaptures({ captures, ...range })).rows())).length;
    expect(await within({ from: "2026-01-03" })).toBe(0);
    expect(await within({ from: "2026-01-02T03:04", to: "2026-01-02T03:04:05" })).toBe(2);
    expect(await within({ to: "2026-01-02T03:03" })).toBe(0);
    expect(readdirSync(join(groundTruth, "2026/01/02/03"))).toHaveLength(1);
    await api.close();
  });

  test("is exported without lines that are no records, each of which is told with its reason", async () => {
    const hour = join(folder, "c/2026/01/02/03");
    mkdirSync(hour, { recursive: true });
    const body = (data: string, encoding = "JSON") => ({ data, encoding });
    const record = (input: object, eventId = "e") =>
      JSON.stringify({
        captureData: { endpointInput: input, endpointOutput: body('{"value":1}') },
        eventMetadata: { eventId, inferenceTime: "2026-01-02T03:04:05.000Z" },
      });
    const lines = [
      record(body('{"value":2,"outcome":3}'), "good"),
      "{}x",
      '{"captureData":{',
      record(body("1,2", "CSV")),
      record(body("[1]")),
      record(body(Buffer.from('{"value":4}').toString("base64"), "BASE64"), "base64"),
      "x".repeat(5_000_000),
      record(body('{"value":null}'), "last"),
    ];
    writeFileSync(join(hour, "x.jsonl"), lines.join("\n"));
    const refused: RefusedLine[] = [];
    const table = await openCaptures({ captures: join(folder, "c"), refused: (line) => refused.push(line) });
    expect(table.columns.map(({ name }) => name)).toEqual([
      "eventId",
      "inferenceTime",
      "value",
      "input.outcome",
      "answer.value",
      "outcome",
    ]);
    expect((await collected(table.rows())).map(([id, , ...values]) => [id, ...values])).toEqual([
      ["good", 2, 3, 1, null],
      ["base64", 4, null, 1, null],
      ["last", null, null, 1, null],
    ]);
    expect(refused.map(({ line, reason }) => [line, reason])).toEqual([
      [2, "the line is not JSON"],
      [3, "the line is not JSON"],
      [4, "endpointInput has the encoding CSV, not JSON"],
      [5, "endpointInput does not hold a JSON object"],
      [7, "the line is longer than any record"],
    ]);
  });
});

async function collected<T>(rows: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const row of rows) all.push(row);
  return all;
}
