import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import { pack } from "tar-stream";
import {
  approve,
  describeModel,
  type PromotionGate,
  type Rescore,
  registeringMinimum,
  reviewPromotion,
} from "../../src/index";
import { type Answer, FakeAws, Refusal } from "./fake-aws";

const arnOf = (version: number) => `arn:aws:sagemaker:us-east-1:000000000000:model-package/churn/${version}`;
const sha256 = (bytes: string | Buffer) => createHash("sha256").update(bytes).digest("hex");
const table = "tenure,churn\n1,1\n";

/** Labels, and scores that put the positives above the negatives but for `misses` of them. */
function scoresText(rows: number, misses: number, prefix = "r"): string {
  const line = (row: number) => {
    const label = row % 3 === 0 ? 1 : 0;
    const wrong = label === 1 && row / 3 < misses;
    return `${prefix}${row},${label},${wrong ? 0.01 + row / 1e6 : label === 1 ? 0.7 + row / 1e4 : 0.2 + row / 1e4}`;
  };
  return `row,label,score\n${Array.from({ length: rows }, (_, row) => line(row)).join("\n")}\n`;
}

interface Version {
  auc?: number;
  misses?: number;
  rows?: number;
  test?: string;
  kind?: string;
  /** As versions of earlier releases: no scores. */
  old?: boolean;
  approval?: string;
}

async function world(versions: Record<number, Version>, more: Record<string, Answer> = {}): Promise<FakeAws> {
  const described = (version: number) => ({
    ModelPackageArn: arnOf(version),
    ModelPackageGroupName: "churn",
    ModelPackageVersion: version,
    ModelPackageStatus: "Completed",
    ModelApprovalStatus: versions[version]?.approval ?? "Approved",
    InferenceSpecification: { Containers: [{ Image: "image", ModelDataUrl: "s3://bucket/model.tar.gz" }] },
    ModelMetrics: { ModelQuality: { Statistics: { S3Uri: `s3://bucket/${version}/evaluation.json` } } },
    CustomerMetadataProperties: { manifest_sha256: sha256("{}"), test_data: "s3://bucket/test/" },
    MetadataProperties: { GeneratedBy: "arn:aws:sagemaker:us-east-1:000000000000:pipeline/p/execution/e" },
  });
  const numbers = Object.keys(versions).map(Number);
  const aws = new FakeAws({
    DescribeModelPackage: ({ ModelPackageName }) => described(Number(ModelPackageName.split("/").at(-1))),
    ListModelPackages: { ModelPackageSummaryList: numbers.filter((n) => !versions[n]?.approval).map(described) },
    ...more,
  });
  for (const [
    version,
    { auc = 0.9, misses = 5, rows = 600, test = sha256(table), kind = "binary", old },
  ] of Object.entries(versions)) {
    const scores = scoresText(rows, misses);
    const extra = old ? {} : { test: { sha256: test }, scores: { file: "scores.csv", sha256: sha256(scores) } };
    const metrics = kind === "binary" ? { roc_auc: auc } : { r2: 0.5 };
    aws.objects.set(`bucket/${version}/evaluation.json`, Buffer.from(JSON.stringify({ kind, metrics, ...extra })));
    aws.objects.set(`bucket/${version}/scores.csv`, Buffer.from(scores));
  }
  aws.objects.set("bucket/test/test.csv", Buffer.from(table));
  const tar = pack();
  tar.entry({ name: "manifest.json" }, "{}");
  tar.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of tar as unknown as AsyncIterable<Buffer>) chunks.push(chunk);
  aws.objects.set("bucket/model.tar.gz", gzipSync(Buffer.concat(chunks)));
  return aws;
}

const never: Rescore = () => Promise.reject(new Error("nobody should be asked again"));

async function review(aws: FakeAws, version: number, rescore: Rescore = never, gate: Partial<PromotionGate> = {}) {
  return reviewPromotion(aws.clients, { model: await describeModel(aws.clients, arnOf(version)), rescore, gate });
}

const pending = { approval: "PendingManualApproval" };

describe("reviewPromotion", () => {
  it("lets an equal model pass, and the first one that is good enough", async () => {
    const both = await review(await world({ 1: {}, 2: pending }), 2);
    expect(both).toMatchObject({ passed: true, champion: "churn/1", comparison: { basis: "stored", difference: 0 } });
    const first = await review(await world({ 1: pending }), 1);
    expect(first).toMatchObject({ passed: true, problems: [] });
    expect(first).not.toHaveProperty("champion");
  });

  it("refuses a weak model, a worse one, and one that may be worse, each for its reason", async () => {
    const weak = await review(await world({ 1: { ...pending, auc: 0.79 } }), 1);
    expect(weak.problems).toEqual([
      { code: "auc_below_minimum", message: "ROC AUC 0.7900 is below the minimum of 0.8" },
    ]);
    const worse = await review(await world({ 1: {}, 2: { ...pending, misses: 40 } }), 2);
    expect(worse.problems).toEqual([
      { code: "worse_than_champion", message: expect.stringMatching(/^it is worse than the champion by 0\.1/) },
    ]);
    const unsure = await review(await world({ 1: {}, 2: { ...pending, misses: 6 } }), 2);
    expect(unsure.problems).toEqual([
      {
        code: "worse_than_champion",
        message: expect.stringMatching(
          /^it may be worse than the champion by 0\.01\d\d \(95 % one-sided\), more than the margin of 0\.01$/,
        ),
      },
    ]);
    expect(
      (await review(await world({ 1: {}, 2: { ...pending, misses: 6 } }), 2, never, { margin: 0.02 })).passed,
    ).toBe(true);
  });

  it("asks the champion again where the test split is another, or it kept no scores", async () => {
    const asked: string[] = [];
    const rescore: Rescore = async (files, given) => {
      asked.push(`${[...files.keys()].join()} ${Buffer.from(given).toString()}`);
      const lines = scoresText(600, 5).trimEnd().split("\n").slice(1);
      return { scores: lines.map((line) => Number(line.split(",")[2])) };
    };
    for (const champion of [{ test: "f".repeat(64) }, { old: true }]) {
      const found = await review(await world({ 1: champion, 2: pending }), 2, rescore);
      expect(found).toMatchObject({ passed: true, comparison: { basis: "rescored", difference: 0 } });
    }
    expect(asked).toEqual([`manifest.json ${table}`, `manifest.json ${table}`]);
  });

  it("does not take what cannot be compared for good", async () => {
    const other = { test: "f".repeat(64) };
    const cannot = await review(await world({ 1: other, 2: pending }), 2, async () => ({ problem: "it lacks tenure" }));
    expect(cannot.problems).toEqual([
      { code: "not_comparable", message: "churn/1 cannot score its test split: it lacks tenure" },
    ]);
    const former = await review(await world({ 1: {}, 2: { ...pending, old: true } }), 2);
    expect(former).toMatchObject({ passed: false, problems: [{ code: "not_comparable" }] });
    const forged = await world({ 1: {}, 2: pending });
    forged.objects.set("bucket/2/scores.csv", Buffer.from(scoresText(600, 0)));
    expect((await review(forged, 2)).problems).toMatchObject([
      { code: "not_comparable", message: expect.stringContaining("is not what Evaluate wrote") },
    ]);
    const moved = await world({ 1: other, 2: pending });
    moved.objects.set("bucket/test/test.csv", Buffer.from("other"));
    expect((await review(moved, 2)).problems).toMatchObject([
      { code: "not_comparable", message: expect.stringContaining("is not the test split of churn/2") },
    ]);
    const gone = await world({ 1: {}, 2: pending });
    gone.objects.delete("bucket/2/evaluation.json");
    expect((await review(gone, 2)).problems).toMatchObject([{ code: "evaluation_missing" }]);
  });

  it("has nothing to say of a regression", async () => {
    const regression = { kind: "regression" };
    const found = await review(await world({ 1: regression, 2: { ...pending, ...regression } }), 2);
    expect(found).toMatchObject({ applies: false, passed: true, problems: [] });
  });
});

test("a decision keeps who, when and what the gate said; figures of an earlier one go", async () => {
  const aws = await world(
    { 1: {}, 2: { ...pending, misses: 40 } },
    { UpdateModelPackage: { ModelPackageArn: arnOf(2) } },
  );
  const found = await review(aws, 2);
  const decision = { by: 'anna "the boss", HQ', at: "2026-11-21T10:00:00.000Z", review: found };
  await approve(aws.clients, { arn: arnOf(2), reason: 'churn/1 "leaks"', decision });
  const [sent] = aws.inputs("UpdateModelPackage");
  expect(sent).toMatchObject({
    ModelApprovalStatus: "Approved",
    ApprovalDescription: 'churn/1 "leaks"',
    CustomerMetadataProperties: {
      decided_by: "anna -the boss-- HQ",
      decided_at: "2026-11-21T10:00:00.000Z",
      gate: "forced",
      gate_champion: "churn/1",
      gate_difference: expect.stringMatching(/^-0\.1\d{5}$/),
    },
    CustomerMetadataPropertiesToRemove: [],
  });
  // What the registry takes as a value.
  for (const value of Object.values<string>(sent.CustomerMetadataProperties))
    expect(value).toMatch(/^[\p{L}\p{Z}\p{N}_.:/=+\-@]{0,256}$/u);
  await approve(aws.clients, { arn: arnOf(2), decision: { by: "ben", at: "2026-11-22T10:00:00.000Z" } });
  expect(aws.inputs("UpdateModelPackage")[1].CustomerMetadataPropertiesToRemove).toContain("gate_champion");
});

test("the minimum is the one that the registering run was held to", async () => {
  const minimum = async (answers: Record<string, Answer>) => {
    const aws = await world({ 1: {} }, answers);
    return registeringMinimum(aws.clients, await describeModel(aws.clients, arnOf(1)));
  };
  const definition = (Parameters: object[]) => ({ PipelineDefinition: JSON.stringify({ Parameters }) });
  const given = { PipelineParameters: [{ Name: "MinimumAuc", Value: "0.85" }] };
  expect(await minimum({ ListPipelineParametersForExecution: given })).toBe(0.85);
  const none = { ListPipelineParametersForExecution: { PipelineParameters: [] } };
  const byDefault = definition([{ Name: "MinimumAuc", DefaultValue: 0.7 }]);
  expect(await minimum({ ...none, DescribePipelineDefinitionForExecution: byDefault })).toBe(0.7);
  expect(await minimum({ ...none, DescribePipelineDefinitionForExecution: definition([]) })).toBeUndefined();
  const gone = new Refusal("ResourceNotFound", "Pipeline execution does not exist");
  expect(await minimum({ ListPipelineParametersForExecution: gone })).toBeUndefined();
});
