import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { applyPublication, planPublication, publish, uploadData } from "../../src/index";
import { FakeAws, Refusal } from "./fake-aws";

const compiled = {
  name: "churn",
  json: '{"Version":"2020-12-01","Steps":[]}',
  assets: [
    {
      uri: "s3://bucket/code/abc/",
      files: [
        { key: "code/abc/train.py", bytes: Buffer.from("print(1)") },
        { key: "code/abc/lib.py", bytes: Buffer.from("x = 1") },
      ],
    },
  ],
};
const roleArn = "arn:aws:iam::000000000000:role/R";
const described = {
  PipelineArn: "arn:p",
  PipelineDefinition: compiled.json,
  RoleArn: roleArn,
  PipelineStatus: "Active",
};
const missing = new Refusal("ResourceNotFound", "Pipeline 'churn' does not exist.");

describe("publish", () => {
  it("uploads the code and creates a pipeline that is not there", async () => {
    const aws = new FakeAws({ DescribePipeline: missing, CreatePipeline: { PipelineArn: "arn:new" } });
    expect(await publish(aws.clients, compiled, { roleArn })).toEqual({
      pipelineArn: "arn:new",
      change: "created",
      version: 1,
      uploaded: { objects: 2, bytes: 13 },
      present: 0,
    });
    expect(aws.objects.get("bucket/code/abc/train.py")?.toString()).toBe("print(1)");
    const [request] = aws.inputs("CreatePipeline");
    expect(request).toMatchObject({ PipelineName: "churn", PipelineDefinition: compiled.json, RoleArn: roleArn });
    expect(request.ClientRequestToken).toMatch(/^[0-9a-f]{64}$/);
  });

  it("changes nothing when nothing changed", async () => {
    const aws = new FakeAws({ DescribePipeline: described });
    for (const { key, bytes } of compiled.assets[0]?.files ?? []) aws.objects.set(`bucket/${key}`, bytes);
    expect(await publish(aws.clients, compiled, { roleArn })).toMatchObject({
      change: "unchanged",
      present: 2,
      uploaded: { objects: 0 },
    });
    expect(aws.calls.map(({ operation }) => operation).sort()).toEqual([
      "DescribePipeline",
      "HeadObject",
      "HeadObject",
    ]);
  });

  it("tags a pipeline when it is made, and says which version an update made", async () => {
    const made = new FakeAws({ DescribePipeline: missing, CreatePipeline: { PipelineArn: "arn:new" } });
    await publish(made.clients, compiled, { roleArn, tags: { team: "crm" }, parallelism: 4 });
    expect(made.inputs("CreatePipeline")[0]).toMatchObject({
      Tags: [{ Key: "team", Value: "crm" }],
      ParallelismConfiguration: { MaxParallelExecutionSteps: 4 },
    });
    const before = { ...described, PipelineDefinition: "{}" };
    const aws = new FakeAws({
      DescribePipeline: before,
      UpdatePipeline: { PipelineArn: "arn:p", PipelineVersionId: 7 },
    });
    expect(await publish(aws.clients, compiled, { roleArn, tags: { team: "crm" } })).toMatchObject({ version: 7 });
    expect(aws.inputs("UpdatePipeline")[0].Tags).toBeUndefined();
  });

  it("leaves a record of a pipeline without code in the bucket it is given, so that somebody else's change is seen", async () => {
    const bare = { ...compiled, assets: [] };
    const aws = new FakeAws({ DescribePipeline: missing, CreatePipeline: { PipelineArn: "arn:new" } });
    await publish(aws.clients, bare, { roleArn, bucket: "bucket" });
    expect([...aws.objects.keys()]).toEqual([expect.stringMatching(/^bucket\/definitions\/[0-9a-f]{64}\.json$/)]);
    const changed = { ...bare, json: '{"Version":"2020-12-01","Steps":[],"Parameters":[]}' };
    aws.answers.DescribePipeline = described;
    const ours = await planPublication(aws.clients, changed, { roleArn, bucket: "bucket" });
    expect(ours).toMatchObject({ change: "updated", foreign: false });
    aws.answers.DescribePipeline = { ...described, PipelineDefinition: '{"Version":"2020-12-01", "Steps":[]}' };
    const theirs = await planPublication(aws.clients, changed, { roleArn, bucket: "bucket" });
    expect(theirs).toMatchObject({ change: "updated", foreign: true });
  });

  it("updates a pipeline whose definition or role differs", async () => {
    for (const before of [
      { ...described, PipelineDefinition: "{}" },
      { ...described, RoleArn: "other" },
    ]) {
      const aws = new FakeAws({ DescribePipeline: before, UpdatePipeline: { PipelineArn: "arn:p" } });
      expect((await publish(aws.clients, compiled, { roleArn })).change).toBe("updated");
      expect(aws.inputs("UpdatePipeline")).toHaveLength(1);
    }
  });

  it("plans every request without sending one, and sends exactly those", async () => {
    const aws = new FakeAws({ DescribePipeline: missing, CreatePipeline: { PipelineArn: "arn:new" } });
    aws.buckets.clear();
    const plan = await planPublication(aws.clients, compiled, { roleArn });
    expect(plan.requests.map(({ operation }) => operation)).toEqual([
      "CreateBucket",
      "PutObject",
      "PutObject",
      "PutObject",
      "CreatePipeline",
    ]);
    expect(aws.calls.filter(({ operation }) => !/^(Head|Describe)/.test(operation))).toEqual([]);
    await applyPublication(aws.clients, plan);
    expect(aws.inputs("CreatePipeline")).toEqual([plan.requests.at(-1)?.input]);
    expect(aws.inputs("PutObject").map(({ key }) => key)).toEqual([
      "code/abc/train.py",
      "code/abc/lib.py",
      `definitions/${createHash("sha256").update(compiled.json).digest("hex")}.json`,
    ]);
  });

  it("knows a deployed definition that was not published from here", async () => {
    const aws = new FakeAws({ DescribePipeline: missing, CreatePipeline: { PipelineArn: "arn:new" } });
    await publish(aws.clients, compiled, { roleArn });
    const next = { ...compiled, json: '{"Version":"2020-12-01","Steps":[],"Metadata":{}}' };
    aws.answers.DescribePipeline = described;
    expect(await planPublication(aws.clients, next, { roleArn })).toMatchObject({ change: "updated", foreign: false });
    aws.answers.DescribePipeline = { ...described, PipelineDefinition: '{"Version":"2020-12-01","Steps":[ ]}' };
    expect(await planPublication(aws.clients, next, { roleArn })).toMatchObject({ change: "updated", foreign: true });
  });

  it("overwrites nothing that was changed after the plan was made", async () => {
    const answers = { DescribePipeline: { ...described, PipelineDefinition: "{}" } as object };
    const aws = new FakeAws({ DescribePipeline: () => answers.DescribePipeline, UpdatePipeline: {} });
    const plan = await planPublication(aws.clients, compiled, { roleArn });
    answers.DescribePipeline = { ...described, PipelineDefinition: '{"Steps":[]}' };
    await expect(applyPublication(aws.clients, plan)).rejects.toMatchObject({ code: "pipeline_changed" });
    expect(aws.inputs("UpdatePipeline")).toEqual([]);
  });

  it("makes the bucket when there is none", async () => {
    const aws = new FakeAws({ DescribePipeline: described });
    aws.buckets.clear();
    await publish(aws.clients, compiled, { roleArn });
    expect(aws.buckets).toContain("bucket");
    expect(aws.objects.size).toBe(2);
  });

  it("sends a definition of 100 KiB and more through S3", async () => {
    const large = { ...compiled, json: JSON.stringify({ Steps: [], Metadata: { text: "x".repeat(102_400) } }) };
    const aws = new FakeAws({ DescribePipeline: missing, CreatePipeline: { PipelineArn: "arn:new" } });
    await publish(aws.clients, large, { roleArn });
    const [{ PipelineDefinition, PipelineDefinitionS3Location }] = aws.inputs("CreatePipeline");
    expect(PipelineDefinition).toBeUndefined();
    const { Bucket, ObjectKey } = PipelineDefinitionS3Location;
    expect(aws.objects.get(`${Bucket}/${ObjectKey}`)?.toString()).toBe(large.json);
  });

  it("refuses a pipeline that is being deleted, and passes a refusal by AWS on as it is", async () => {
    const deleting = new FakeAws({ DescribePipeline: { ...described, PipelineStatus: "Deleting" } });
    await expect(publish(deleting.clients, compiled, { roleArn })).rejects.toMatchObject({ code: "pipeline_deleting" });
    const denied = new FakeAws({ DescribePipeline: new Refusal("AccessDeniedException", "no") });
    await expect(publish(denied.clients, compiled, { roleArn })).rejects.toMatchObject({
      name: "AccessDeniedException",
    });
  });
});

describe("uploadData", () => {
  it("gives the same file the same address and sends it once", async () => {
    const folder = mkdtempSync(join(tmpdir(), "sagewright-data-"));
    const file = join(folder, "customers.csv");
    writeFileSync(file, "id,churn\n1,yes\n");
    const sha256 = createHash("sha256").update("id,churn\n1,yes\n").digest("hex");
    const aws = new FakeAws();
    const first = await uploadData(aws.clients, { bucket: "bucket", file });
    expect(first).toEqual({ uri: `s3://bucket/data/${sha256}/customers.csv`, sha256, bytes: 15, uploaded: true });
    expect(await uploadData(aws.clients, { bucket: "bucket", file })).toEqual({ ...first, uploaded: false });
    await expect(uploadData(aws.clients, { bucket: "bucket", file: join(folder, "none.csv") })).rejects.toMatchObject({
      code: "file_unreadable",
    });
    rmSync(folder, { recursive: true });
  });
});
