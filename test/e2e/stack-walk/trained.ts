import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { DescribeModelPackageOutput } from "@aws-sdk/client-sagemaker";
import { jobPython, root } from "../../support/cli";
import { customers } from "../../support/tiny-product";
import type { Walk } from "./walk";

/** A customer as the API is asked about one. */
export interface Customer {
  readonly tenure: number;
  readonly plan: string;
  readonly charge: number;
}

const FEATURES = ["tenure", "plan", "charge"] as const;

/** Customers on one plan alone, and whether they left. */
export function onePlan(plan: string, count: number): { row: Customer; left: boolean }[] {
  const all = customers(3 * count)
    .slice(1)
    .map((line) => line.split(","));
  return all
    .filter((fields) => fields[2] === plan)
    .slice(0, count)
    .map(([, tenure, , charge, churn]) => ({
      row: { tenure: Number(tenure), plan, charge: Number(charge) },
      left: churn === "yes",
    }));
}

/** Trains on customers of known outcome, as somebody with a shell would start it, and gives the version that came of it. */
export async function train(walk: Walk, rows: number): Promise<string> {
  const Body = `${customers(rows).join("\n")}\n`;
  await walk.clients.s3.putObject({ Bucket: walk.bucket, Key: "raw/customers.csv", Body });
  await walk.clients.sagemaker.startPipelineExecution({
    PipelineName: "churn-training",
    ClientRequestToken: "a-token-of-at-least-thirty-two-characters",
    PipelineParameters: [{ Name: "InputDataUri", Value: `s3://${walk.bucket}/raw/` }],
  });
  await walk.pass();
  return newest(walk);
}

/** The version that was registered last. */
export async function newest({ clients }: Walk): Promise<string> {
  const { ModelPackageSummaryList: [found] = [] } = await clients.sagemaker.listModelPackages({
    ...{ ModelPackageGroupName: "churn", SortBy: "CreationTime", SortOrder: "Descending" },
  });
  return found?.ModelPackageArn ?? "";
}

/** What scikit-learn's own pipeline, unpickled from a version's archive, answers. */
export async function scikitScores(
  walk: Walk,
  { arn, rows, folder }: { arn: string; rows: readonly Customer[]; folder: string },
): Promise<number[]> {
  const archive = join(folder, "model.tar.gz");
  writeFileSync(archive, await archiveOf(walk, arn));
  const file = join(folder, "rows.csv");
  const lines = rows.map((row) => [...FEATURES.map((name) => row[name]), 0].join(","));
  writeFileSync(file, `${[[...FEATURES, "churn"].join(","), ...lines].join("\n")}\n`);
  const program = join(root, "test/e2e/stack-walk/scikit_scores.py");
  return JSON.parse(execFileSync(jobPython, [program, archive, file], { encoding: "utf8" }));
}

/** Registers a version like another one, whose container answers pings and fails on every row. */
export async function registerBroken(walk: Walk, { arn, folder }: { arn: string; folder: string }): Promise<string> {
  const model = join(folder, "model");
  mkdirSync(model);
  const archive = join(folder, "model.tar.gz");
  writeFileSync(archive, await archiveOf(walk, arn));
  execFileSync("tar", ["-xzf", archive, "-C", model]);
  const program = join(model, "code/inference.py");
  appendFileSync(program, '\n\ndef transform_fn(*_):\n    raise RuntimeError("this version is broken")\n');
  const manifest = JSON.parse(readFileSync(join(model, "manifest.json"), "utf8"));
  const bytes = readFileSync(program);
  if (manifest.files["code/inference.py"] !== undefined)
    manifest.files["code/inference.py"] = { sha256: sha256(bytes), bytes: bytes.length };
  manifest.note = "broken";
  writeFileSync(join(model, "manifest.json"), JSON.stringify(manifest));
  execFileSync("tar", ["-czf", archive, "-C", model, "."]);
  const Key = "runs/churn-training/broken/model.tar.gz";
  await walk.clients.s3.putObject({ Bucket: walk.bucket, Key, Body: readFileSync(archive) });
  const like = await walk.clients.sagemaker.describeModelPackage({ ModelPackageName: arn });
  const [container] = like.InferenceSpecification?.Containers ?? [];
  const { ModelPackageArn = "" } = await walk.clients.sagemaker.createModelPackage({
    ...{ ModelPackageGroupName: "churn", ModelApprovalStatus: "PendingManualApproval" },
    ...{ ModelMetrics: like.ModelMetrics, DriftCheckBaselines: like.DriftCheckBaselines },
    CustomerMetadataProperties: {
      ...like.CustomerMetadataProperties,
      manifest_sha256: sha256(readFileSync(join(model, "manifest.json"))),
    },
    InferenceSpecification: {
      ...like.InferenceSpecification,
      Containers: [{ ...imageOf(container), ModelDataUrl: `s3://${walk.bucket}/${Key}` }],
    },
  });
  return ModelPackageArn;
}

type Container = NonNullable<NonNullable<DescribeModelPackageOutput["InferenceSpecification"]>["Containers"]>[number];

const imageOf = (container: Container | undefined) => ({
  Image: container?.Image,
  Environment: container?.Environment,
});
const sha256 = (bytes: Buffer) => createHash("sha256").update(bytes).digest("hex");

async function archiveOf({ clients }: Walk, arn: string): Promise<Uint8Array> {
  const { InferenceSpecification } = await clients.sagemaker.describeModelPackage({ ModelPackageName: arn });
  const [, Bucket, Key] =
    /^s3:\/\/([^/]+)\/(.+)$/.exec(InferenceSpecification?.Containers?.[0]?.ModelDataUrl ?? "") ?? [];
  const { Body } = await clients.s3.getObject({ Bucket, Key });
  return (await Body?.transformToByteArray()) ?? new Uint8Array();
}
