import { gzipSync } from "node:zlib";
import { readBaseline, readSummary } from "@sagewright/monitoring";
import { document } from "../../support/small";
import { bundled, invoke, openAws } from "./functions";
import { type Aws, captured, hourPath, register } from "./registered";

jest.setTimeout(60_000);

const ten = "2026-01-05T10:00:00.000Z";
const eleven = "2026-01-05T11:00:00.000Z";

describe("the hourly function's bundle", () => {
  let aws: Aws;
  let variables: Record<string, string>;
  const summarise = bundled("summarise");
  const put = (key: string, Body: string | Buffer) => aws.s3.putObject({ Bucket: aws.bucket, Key: key, Body });
  const run = (time: string) => invoke(summarise.file, variables, [{ time }]);
  const listed = async () => {
    const { Contents = [] } = await aws.s3.listObjectsV2({ Bucket: aws.bucket, Prefix: "monitoring/" });
    return Contents.map(({ Key = "" }) => Key);
  };
  const summaryOf = async (version: number, hour: string) => {
    const baseline = readBaseline(JSON.stringify({ ...document, note: version }));
    const Key = `monitoring/small/${version}-${baseline.sha256.slice(0, 12)}/hours/${hour.slice(0, 13)}.json`;
    const { Body } = await aws.s3.getObject({ Bucket: aws.bucket, Key });
    return readSummary((await Body?.transformToByteArray()) ?? "", baseline);
  };

  beforeAll(async () => {
    aws = await openAws();
    variables = {
      ...aws.variables,
      MODEL: "small",
      BUCKET: aws.bucket,
      CAPTURES: "captures",
      SUMMARIES: "monitoring/",
    };
  });
  afterAll(() => aws.close());

  test("before the first version there is nothing to do", async () => {
    const { answers, lines } = await run(ten);
    expect(answers).toEqual([{ files: 0, predictions: 0 }]);
    expect(lines).toEqual([
      { summarised: 1, model: "small", left: "The group small has no version yet. Run its pipeline first." },
    ]);
  });

  test("adds each version's predictions to its own hours, wherever the hours lie; once, however often it runs", async () => {
    await register(aws, 1);
    await register(aws, 2);
    await put(`captures/${hourPath(ten)}/00-a.jsonl`, captured({ at: ten, rows: 40 }));
    await put(
      `captures/churn-v2/AllTraffic/${hourPath(ten)}/b`,
      gzipSync(captured({ at: ten, rows: 30, version: "2" })),
    );
    await put(`captures/${hourPath(ten)}/02-twice.jsonl`, captured({ at: ten, rows: 45 }));
    await put(
      `captures/${hourPath(eleven)}/00-c.jsonl`,
      captured({ at: "2026-01-05T10:59:30.000Z", rows: 60, version: "9" }),
    );
    await put(`captures/${hourPath(eleven)}/01-d.jsonl`, captured({ at: "2026-01-05T10:59:30.000Z", rows: 60 }));
    const first = await run("2026-01-05T11:20:00.000Z");
    expect(first.error).toBeUndefined();
    expect(first.answers).toEqual([{ files: 5, predictions: 135 }]);
    const [line, metrics] = first.lines;
    expect(line).toMatchObject({ predictions: { 1: 105, 2: 30 }, others: { 9: 60 }, foreign: 0 });
    expect(metrics).toMatchObject({
      Model: "small",
      CapturedPredictions: 135,
      _aws: {
        Timestamp: Date.parse("2026-01-05T11:20:00.000Z"),
        CloudWatchMetrics: [{ Namespace: "Sagewright/Monitoring" }],
      },
    });
    expect((await summaryOf(1, ten)).rows).toBe(75);
    expect((await summaryOf(1, ten)).left.duplicates).toBe(40);
    expect((await summaryOf(1, eleven)).rows).toBe(30);
    expect((await summaryOf(2, ten)).rows).toBe(30);
    const keys = await listed();
    const again = await run("2026-01-05T11:20:00.000Z");
    expect(again.answers).toEqual([{ files: 0, predictions: 0 }]);
    expect(again.lines[1]).toMatchObject({ CapturedPredictions: 0 });
    expect(await listed()).toEqual(keys);
  });

  test("a run that ended after writing hours and before noting the files leaves no trace in the figures", async () => {
    const before = await summaryOf(1, ten);
    await aws.s3.deleteObject({ Bucket: aws.bucket, Key: "monitoring/small/read.json" });
    expect((await run("2026-01-05T11:40:00.000Z")).answers).toEqual([{ files: 5, predictions: 0 }]);
    expect(await summaryOf(1, ten)).toEqual(before);
  });

  test("hours that were missed are caught up with, also a file that ends in mid-line and one that is no capture", async () => {
    const text = captured({ at: "2026-01-06T08:00:00.000Z", rows: 20, version: "2" });
    await put("captures/2026/01/06/08/cut.jsonl", text.slice(0, -40));
    await put("captures/2026/01/06/08/other.jsonl", "not JSON\n\n[1]\n");
    await put("captures/2026/01/06/09/broken.jsonl.gz", gzipSync(text).subarray(0, 200));
    const caught = await run("2026-01-07T12:20:00.000Z");
    expect(caught.answers).toMatchObject([{ files: 3, predictions: 19 }]);
    expect(caught.lines[0]).toMatchObject({ damaged: ["captures/2026/01/06/09/broken.jsonl.gz"] });
    const { left } = await summaryOf(2, "2026-01-06T08:00:00.000Z");
    expect(Object.fromEntries(left.refused)).toEqual({ not_json: 2, record_invalid: 1 });
  });

  test("an archive that is not what was registered is not used, and the other versions go on", async () => {
    await register(aws, 3, { tampered: true });
    await put("captures/2026/01/07/14/x.jsonl", captured({ at: "2026-01-07T14:00:00.000Z", rows: 5, version: "3" }));
    const { error } = await run("2026-01-07T15:20:00.000Z");
    expect(error).toMatch(/^contract\.json in s3:.*model\.tar\.gz is not what was registered\. It is not used\./);
    await register(aws, 4);
    const next = await run("2026-01-07T15:20:00.000Z");
    expect(next.answers).toEqual([{ files: 1, predictions: 0 }]);
    expect(next.lines.find(({ version }) => version === "3")).toMatchObject({
      left: expect.stringContaining("not what was registered"),
    });
  });

  test("an event without a moment that can be read says so", async () => {
    expect((await run("yesterday")).error).toBe(
      "The event's time is 'yesterday', which is no moment. Write one in ISO 8601.",
    );
  });
});
