import { createHash } from "node:crypto";
import type { Readable } from "node:stream";
import { EventBridge } from "@aws-sdk/client-eventbridge";
import { SageMaker } from "@aws-sdk/client-sagemaker";
import { SQS } from "@aws-sdk/client-sqs";
import { type FindingKind, OBSERVATION_EVENT, RETRAINING_EVENT } from "@sagewright/monitoring";
import { csvRows } from "../../../../../test/support/csv-rows";
import { trainingData } from "../../../src/lambda/training-data";
import { finding, observed } from "../alerts/routing";
import { bundled, invoke, openAws } from "./functions";
import { type Aws, captured, hourPath, outcomes, register } from "./registered";

jest.setTimeout(60_000);

const DAY_MS = 86_400_000;
const now = Date.now();
const daysAgo = (days: number) => new Date(now - days * DAY_MS).toISOString();
/** A pipeline that is over at once: what it was given is what counts. */
const definition = {
  Version: "2020-12-01",
  Parameters: [{ Name: "InputDataUri", Type: "String" }],
  Steps: [
    {
      Name: "Gate",
      Type: "Condition",
      Arguments: {
        Conditions: [{ Type: "Equals", LeftValue: { Get: "Parameters.InputDataUri" }, RightValue: "nothing" }],
        IfSteps: [{ Name: "No", Type: "Fail", Arguments: { ErrorMessage: "no" } }],
        ElseSteps: [],
      },
    },
  ],
};
const history = "customer,minutes,plan,active,version,churn\nc1,10,gold,yes,3,yes\nc2,20,basic,no,3,no\n";

describe("what the retraining function's bundle starts with", () => {
  const retrain = bundled("retrain");
  let aws: Aws;
  let sagemaker: SageMaker;
  let sqs: SQS;
  let variables: Record<string, string>;
  const put = (key: string, Body: string) => aws.s3.putObject({ Bucket: aws.bucket, Key: key, Body });

  /** Observations of a kind and an age; days make the starts different ones. */
  const seen = (kind: FindingKind, days = 0) => ({
    source: OBSERVATION_EVENT.source,
    "detail-type": OBSERVATION_EVENT.detailType,
    time: daysAgo(days),
    detail: observed(new Date(daysAgo(days)), [finding({ kind, model: { name: "small" } })]),
  });
  const run = async (...events: object[]) => {
    const { answers, error } = await invoke(retrain.file, variables, events);
    expect(error).toBeUndefined();
    return answers as { executionArn: string; data: string; before: { executionArn: string } }[];
  };
  const inputOf = async (PipelineExecutionArn: string) => {
    const { PipelineParameters } = await sagemaker.listPipelineParametersForExecution({ PipelineExecutionArn });
    return PipelineParameters?.find(({ Name }) => Name === "InputDataUri")?.Value ?? "";
  };
  const over = async (PipelineExecutionArn: string) => {
    for (let tries = 0; tries < 200; tries += 1) {
      const { PipelineExecutionStatus } = await sagemaker.describePipelineExecution({ PipelineExecutionArn });
      if (PipelineExecutionStatus === "Succeeded") return;
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
    throw new Error("The run does not succeed");
  };
  /** Predictions of a day, and their outcomes a day later. */
  const day = async (days: number, rows: number) => {
    const at = daysAgo(days);
    await put(`captures/small/v1/AllTraffic/${hourPath(at)}/${days}.jsonl`, captured({ at, rows }));
    const later = daysAgo(days - 1);
    await put(`ground-truth/${hourPath(later)}/${days}.jsonl`, outcomes(at, rows));
  };
  const rowsOf = async (uri: string) => {
    const [, Bucket, Key] = /^s3:\/\/([^/]+)\/(.+)$/.exec(uri) ?? [];
    const { Body } = await aws.s3.getObject({ Bucket, Key });
    return csvRows(Body as Readable);
  };

  beforeAll(async () => {
    aws = await openAws();
    sagemaker = new SageMaker(aws.cloud.clientConfig());
    sqs = new SQS(aws.cloud.clientConfig());
    await sagemaker.createPipeline({
      PipelineName: "small-training",
      PipelineDefinition: JSON.stringify(definition),
      RoleArn: "arn:aws:iam::000000000000:role/SagewrightExecution",
    });
    await register(aws, 1);
    await put("raw/customers.csv", history);
    const places = { bucket: aws.bucket, captures: "captures/small", labels: "ground-truth", merged: "merged" };
    variables = {
      ...aws.variables,
      ...{ MODEL: "small", PIPELINE: "small-training", EVENT_BUS: "default" },
      PARAMETERS: JSON.stringify({ InputDataUri: `s3://${aws.bucket}/raw/` }),
      RULES: JSON.stringify({ coolDownDays: 0, maximumPerMonth: 700 }),
      FRESH: JSON.stringify({ ...places, rules: { minimumRows: 200, windowDays: 60 } }),
    };
  });
  afterAll(() => aws.close());

  test("with nothing labelled it is the data of its parameters, and that is said", async () => {
    const [answer] = await run(seen("drift"));
    expect(answer?.data).toBe(
      "the data of the last run, as it was: 0 predictions with a label are fewer than the 200 that make a difference",
    );
    expect(await inputOf(answer?.executionArn ?? "")).toBe(`s3://${aws.bucket}/raw/`);
    await over(answer?.executionArn ?? "");
  });

  let merged = "";
  test("history and what was labelled since go to an address made from the content; two at once start one run", async () => {
    for (let days = 30; days > 10; days -= 1) await day(days, 30);
    const [[one], [other]] = await Promise.all([run(seen("performance")), run(seen("performance"))]);
    // The later of the two starts it too, with the same token, or sees that it was started.
    const started = [one, other].filter((answer) => answer?.executionArn !== undefined);
    expect(started.length).toBeGreaterThan(0);
    const arns = new Set([one, other].map((answer) => answer?.executionArn ?? answer?.before.executionArn ?? ""));
    expect(arns.size).toBe(1);
    const [arn = ""] = arns;
    expect(started[0]?.data).toMatch(/^2 rows of history and 600 fresh rows; dated rows: 420 train, then 90 to choose/);
    merged = await inputOf(arn);
    const { Body } = await aws.s3.getObject({
      Bucket: aws.bucket,
      Key: merged.replace(`s3://${aws.bucket}/`, ""),
    });
    const content = (await Body?.transformToByteArray()) ?? new Uint8Array();
    const sha256 = createHash("sha256").update(content).digest("hex");
    expect(merged).toBe(`s3://${aws.bucket}/merged/${sha256}/small-merged.csv`);
    const rows = await rowsOf(merged);
    expect(rows).toHaveLength(602);
    const dates = (split: string) =>
      rows
        .filter((row) => row.sagewright_split === split && row.sagewright_source === "fresh")
        .map((row) => row.sagewright_date ?? "")
        .sort();
    const [train, validation, tested] = [dates("train"), dates("validation"), dates("test")];
    expect((train.at(-1) ?? "") < (validation[0] ?? "")).toBe(true);
    expect((validation.at(-1) ?? "") < (tested[0] ?? "")).toBe(true);
    expect(rows.find((row) => row.customer === "c1")).toMatchObject({ churn: "yes", sagewright_split: "train" });
    await over(arn);
  });

  test("the next training builds on what was merged before, whose captures may be gone", async () => {
    const { Contents = [] } = await aws.s3.listObjectsV2({ Bucket: aws.bucket, Prefix: "captures/" });
    for (const { Key } of Contents) await aws.s3.deleteObject({ Bucket: aws.bucket, Key });
    for (let days = 10; days > 2; days -= 1) await day(days, 30);
    const [answer] = await run(seen("drift", 1));
    expect(answer?.data).toMatch(/^602 rows of history and 240 fresh rows/);
    const rows = await rowsOf(await inputOf(answer?.executionArn ?? ""));
    expect(rows).toHaveLength(842);
    expect(rows.filter((row) => row.sagewright_source === "fresh")).toHaveLength(840);
    await over(answer?.executionArn ?? "");
  });

  test("data that somebody stored since counts more than what was merged; where there are two it is the merged ones", async () => {
    await put("raw/customers.csv", `${history}c3,30,basic,no,3,no\n`);
    const [answer] = await run(seen("drift", 2));
    expect(answer?.data).toMatch(/^3 rows of history and 240 fresh rows/);
    await over(answer?.executionArn ?? "");
    await put("raw/more.csv", history);
    const [again] = await run(seen("drift", 3));
    expect(again?.data).toMatch(/^3 rows of history and 240 fresh rows/);
    expect(await inputOf(again?.executionArn ?? "")).toBe(await inputOf(answer?.executionArn ?? ""));
  });

  const due = (detail: object, days = 0) => ({
    source: RETRAINING_EVENT.source,
    "detail-type": RETRAINING_EVENT.due,
    time: daysAgo(days),
    detail,
  });
  const asked = (key: string, reason = "monthly") => ({
    ...due({ key, reason }),
    "detail-type": RETRAINING_EVENT.asked,
  });
  const runs = async () =>
    (await sagemaker.listPipelineExecutions({ PipelineName: "small-training" })).PipelineExecutionSummaries ?? [];

  test("the calendar trains on the same merge, once for each of its moments, however often its event comes", async () => {
    for (const object of ["raw/more.csv"]) await aws.s3.deleteObject({ Bucket: aws.bucket, Key: object });
    const before = (await runs()).length;
    const [answer] = await run(due({ by: "schedule" }, 4));
    expect(answer?.data).toMatch(/^3 rows of history and 240 fresh rows/);
    expect(await inputOf(answer?.executionArn ?? "")).toMatch(/\/merged\/[0-9a-f]{64}\/small-merged\.csv$/);
    await over(answer?.executionArn ?? "");
    const because = `the schedule of ${daysAgo(4).slice(0, 10)}`;
    expect(await run(due({ by: "schedule" }, 4))).toEqual([
      { before: { executionArn: answer?.executionArn, because } },
    ]);
    expect((await runs()).length).toBe(before + 1);
  });

  test("who asks is answered at once; the accepted request trains on the same merge, and its key is its run for ever", async () => {
    const { QueueUrl } = await sqs.createQueue({ QueueName: "accepted" });
    const { Attributes } = await sqs.getQueueAttributes({ QueueUrl, AttributeNames: ["QueueArn"] });
    const bus = new EventBridge(aws.cloud.clientConfig());
    const EventPattern = JSON.stringify({ source: [RETRAINING_EVENT.source], "detail-type": [RETRAINING_EVENT.due] });
    await bus.putRule({ Name: "accepted", EventPattern });
    await bus.putTargets({ Rule: "accepted", Targets: [{ Id: "queue", Arn: Attributes?.QueueArn }] });
    const before = (await runs()).length;
    expect(await run(asked("monday"), asked("monday"), asked("monday", "other"))).toEqual([
      { accepted: { started: true } },
      { accepted: { started: false } },
      { conflict: true },
    ]);
    expect((await runs()).length).toBe(before);
    const events: object[] = [];
    for (let tries = 0; events.length === 0 && tries < 200; tries += 1) {
      const { Messages = [] } = await sqs.receiveMessage({ QueueUrl, MaxNumberOfMessages: 10 });
      events.push(...Messages.map(({ Body = "" }) => JSON.parse(Body)));
      if (events.length === 0) await new Promise((resolve) => setTimeout(resolve, 25));
    }
    expect(events).toHaveLength(1);
    const [event = {}] = events;
    const [answer] = await run(event, event);
    expect(answer?.data).toMatch(/^3 rows of history and 240 fresh rows/);
    expect(await inputOf(answer?.executionArn ?? "")).toMatch(/\/small-merged\.csv$/);
    await over(answer?.executionArn ?? "");
    expect(await run(event, asked("monday"), asked("monday", "other"))).toEqual([
      { before: { executionArn: answer?.executionArn, because: "asked for: monthly" } },
      { run: { executionArn: answer?.executionArn, started: false } },
      { conflict: true },
    ]);
    expect((await runs()).length).toBe(before + 1);
    expect(await run({ ...event, detail: { by: "request", model: "other", key: "a", reason: "b" } })).toEqual([
      { ignored: "it is for another model" },
    ]);
  });

  test("a request beyond the month's number is refused, and says why; without fresh rows it starts at once", async () => {
    const usual = variables;
    variables = { ...usual, RULES: JSON.stringify({ maximumPerMonth: 1 }) };
    expect(await run(asked("tuesday"))).toEqual([
      { refused: expect.stringMatching(/^\d+ trainings were started this/) },
    ]);
    variables = { ...usual, FRESH: "" };
    const [answer] = (await run(asked("wednesday"))) as unknown as {
      run: { executionArn: string; started: boolean };
    }[];
    expect(answer).toEqual({ run: { executionArn: expect.any(String), started: true } });
    expect(await inputOf(answer?.run.executionArn ?? "")).toBe(`s3://${aws.bucket}/raw/`);
    await over(answer?.run.executionArn ?? "");
    variables = usual;
  });

  test("where there is no time left it trains on the last data, and says how to merge", async () => {
    const data = await trainingData(
      { s3: aws.s3, sagemaker },
      {
        ...{ model: "small", token: "late", given: `s3://${aws.bucket}/raw/customers.csv`, now: new Date(now) },
        places: {
          bucket: aws.bucket,
          captures: "captures/small",
          labels: "ground-truth",
          merged: "merged",
          rules: { weight: 1, minimumRows: 200, windowDays: 60 },
        },
        hasTime: () => false,
      },
    );
    expect(data).toEqual({
      uri: `s3://${aws.bucket}/raw/customers.csv`,
      sentence:
        "the data of the last run, as it was: reading labels takes longer than a function may; merge with `sagewright retrain`, or set retraining.fresh.windowDays",
    });
  });
});
