import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import { pack } from "tar-stream";
import { approve, describeModel, latestApproved, listModels, reject, verifyArtefact } from "../../src/index";
import { FakeAws } from "./fake-aws";

const arn = "arn:aws:sagemaker:us-east-1:000000000000:model-package/churn/2";
const uri = "s3://bucket/runs/model.tar.gz";
const sha256 = (bytes: string | Buffer) => createHash("sha256").update(bytes).digest("hex");
const files = { "model.joblib": "weights", "code/inference.py": "def model_fn(d): ..." };
const manifest = JSON.stringify({
  format: 1,
  files: Object.fromEntries(
    Object.entries(files).map(([name, text]) => [name, { sha256: sha256(text), bytes: text.length }]),
  ),
});

async function archive(content: Record<string, string>): Promise<Buffer> {
  const tar = pack();
  for (const [name, text] of Object.entries(content)) tar.entry({ name: `./${name}` }, text);
  tar.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of tar as unknown as AsyncIterable<Buffer>) chunks.push(chunk);
  return gzipSync(Buffer.concat(chunks));
}

const described = (metadata: Record<string, string> = { manifest_sha256: sha256(manifest) }) => ({
  ModelPackageArn: arn,
  ModelPackageGroupName: "churn",
  ModelPackageVersion: 2,
  ModelPackageStatus: "Completed",
  ModelApprovalStatus: "Approved",
  InferenceSpecification: { Containers: [{ Image: "image", ModelDataUrl: uri, Environment: { A: "1" } }] },
  ModelMetrics: { ModelQuality: { Statistics: { S3Uri: "s3://bucket/evaluation.json" } } },
  CustomerMetadataProperties: metadata,
});

describe("verifyArtefact", () => {
  const check = async (content: Record<string, string>, metadata?: Record<string, string>) => {
    const aws = new FakeAws({ DescribeModelPackage: described(metadata) });
    aws.objects.set("bucket/runs/model.tar.gz", await archive(content));
    return verifyArtefact(aws.clients, arn);
  };

  it("hands out the files of an archive that is what was registered", async () => {
    const verified = await check({ ...files, "manifest.json": manifest });
    expect(verified.manifestSha256).toBe(sha256(manifest));
    expect([...verified.files.keys()].sort()).toEqual(["code/inference.py", "manifest.json", "model.joblib"]);
  });

  it("refuses any change: of a file, of the manifest, a file more or less", async () => {
    const forged = manifest.replace(sha256("weights"), sha256("other"));
    const cases: [Record<string, string>, string][] = [
      [{ ...files, "model.joblib": "other", "manifest.json": manifest }, "model.joblib"],
      [{ ...files, "model.joblib": "other", "manifest.json": forged }, "manifest.json"],
      [{ ...files, "extra.py": "import os", "manifest.json": manifest }, "extra.py"],
      [{ "model.joblib": "weights", "manifest.json": manifest }, "code/inference.py"],
    ];
    for (const [content, file] of cases) {
      await expect(check(content)).rejects.toMatchObject({ code: "artefact_changed", facts: { file, uri } });
    }
  });

  it("does not take what cannot be checked for good", async () => {
    await expect(check({ ...files, "manifest.json": manifest }, {})).rejects.toMatchObject({
      code: "artefact_unverified",
    });
    await expect(check(files)).rejects.toMatchObject({ code: "artefact_unverified" });
    const aws = new FakeAws({ DescribeModelPackage: described() });
    aws.objects.set("bucket/runs/model.tar.gz", Buffer.from("no archive"));
    await expect(verifyArtefact(aws.clients, arn)).rejects.toMatchObject({ code: "artefact_unreadable" });
  });
});

describe("the registry", () => {
  const summary = (version: number, approval: string) => ({
    ModelPackageArn: arn.replace(/2$/, String(version)),
    ModelPackageGroupName: "churn",
    ModelPackageVersion: version,
    ModelApprovalStatus: approval,
    ModelPackageStatus: "Completed",
  });

  it("lists versions over all pages, newest first", async () => {
    const aws = new FakeAws({
      ListModelPackages: ({ NextToken }) =>
        NextToken === undefined
          ? { ModelPackageSummaryList: [summary(1, "Approved")], NextToken: "t" }
          : { ModelPackageSummaryList: [summary(2, "Rejected")] },
    });
    expect((await listModels(aws.clients, { group: "churn" })).map(({ version }) => version)).toEqual([2, 1]);
  });

  it("finds the newest approved version, and says so when there is none", async () => {
    const some = new FakeAws({
      ListModelPackages: { ModelPackageSummaryList: [summary(4, "Approved"), summary(3, "Approved")] },
    });
    expect((await latestApproved(some.clients, "churn")).version).toBe(4);
    expect(some.inputs("ListModelPackages")[0].ModelApprovalStatus).toBe("Approved");
    const none = new FakeAws({ ListModelPackages: { ModelPackageSummaryList: [] } });
    await expect(latestApproved(none.clients, "churn")).rejects.toThrow(
      "No version of churn is approved. Approve one, then deploy.",
    );
  });

  it("reads lineage, metrics and digest of a version", async () => {
    const aws = new FakeAws({
      DescribeModelPackage: described({ manifest_sha256: "abc", model_card: "s3://bucket/card" }),
    });
    expect(await describeModel(aws.clients, arn)).toMatchObject({
      version: 2,
      image: "image",
      modelDataUrl: uri,
      manifestSha256: "abc",
      metricsUri: "s3://bucket/evaluation.json",
      modelCardUri: "s3://bucket/card",
    });
  });

  it("rejects with a reason only", async () => {
    const aws = new FakeAws({ UpdateModelPackage: { ModelPackageArn: arn } });
    await expect(reject(aws.clients, { arn, reason: " " })).rejects.toMatchObject({ code: "reason_missing" });
    await reject(aws.clients, { arn, reason: "too many false alarms" });
    await approve(aws.clients, { arn });
    expect(aws.inputs("UpdateModelPackage")).toEqual([
      { ModelPackageArn: arn, ModelApprovalStatus: "Rejected", ApprovalDescription: "too many false alarms" },
      { ModelPackageArn: arn, ModelApprovalStatus: "Approved" },
    ]);
  });
});
