import { readFileSync } from "node:fs";
import { join } from "node:path";
import { S3 } from "@aws-sdk/client-s3";
import { SageMaker } from "@aws-sdk/client-sagemaker";
import type { Cloud } from "@sagewright/local";
import { fixtureArchive, fixtures } from "../../support/fixture-model";

/** Rows that the model was made of, with scikit-learn's scores. */
export const scored = JSON.parse(readFileSync(join(fixtures, "binary.scored.json"), "utf8")) as {
  row: { plan: string | null; international: boolean | null; tenure: number; minutes: number };
  score: number;
}[];

/** Registers a version that waits for somebody's decision, with all that training would have made of it. */
export async function register(cloud: Cloud, { bucket, folder }: { bucket: string; folder: string }): Promise<string> {
  const s3 = new S3(cloud.clientConfig());
  const run = `runs/churn-training/${folder.split("/").at(-1)}`;
  const put = async (name: string, Body: Buffer | string) => {
    await s3.putObject({ Bucket: bucket, Key: `${run}/${name}`, Body });
    return `s3://${bucket}/${run}/${name}`;
  };
  // The folder's name makes it another version.
  const { archive, manifestSha256 } = fixtureArchive(folder, { note: folder.split("/").at(-1) });
  const statistics = (S3Uri: string) => ({ Statistics: { ContentType: "application/json", S3Uri } });
  const { ModelPackageArn = "" } = await new SageMaker(cloud.clientConfig()).createModelPackage({
    ModelPackageGroupName: "churn",
    ModelApprovalStatus: "PendingManualApproval",
    CustomerMetadataProperties: { manifest_sha256: manifestSha256 },
    DriftCheckBaselines: { ModelDataQuality: statistics(await put("baseline.json", JSON.stringify(baseline()))) },
    ModelMetrics: { ModelQuality: statistics(await put("evaluation.json", '{"threshold":{"value":0.5}}')) },
    InferenceSpecification: {
      Containers: [
        {
          Image: "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.9-0-cpu-py3",
          ModelDataUrl: await put("model.tar.gz", archive),
        },
      ],
      SupportedContentTypes: ["text/csv"],
      SupportedResponseMIMETypes: ["text/csv"],
    },
  });
  return ModelPackageArn;
}

/** The rows' own distribution, a hundred times: as the job that evaluates writes it. */
function baseline(): object {
  const times = 100;
  const rows = scored.map(({ row }) => row);
  const count = (holds: (row: (typeof rows)[number]) => boolean) => rows.filter(holds).length * times;
  const moments = { mean: null, std: null, minimum: null, maximum: null };
  const numbers = (values: number[], edges: number[]) => ({
    ...{ edges, ...moments },
    counts: edges
      .slice(1)
      .map(
        (to, at) =>
          values.filter((value) => value >= (edges[at] ?? 0) && (value < to || at === edges.length - 2)).length * times,
      ),
  });
  const plans = ["basic", "gold", "silver"];
  const total = rows.length * times;
  const unit = Array.from({ length: 21 }, (_, at) => at / 20);
  return {
    format: 2,
    contract: { name: "test-binary", sha256: "0" },
    rows: total,
    columns: {
      plan: {
        ...{ type: "category", missing: count(({ plan }) => plan === null), categories: plans, other: 0 },
        counts: Object.fromEntries(plans.map((each) => [each, count(({ plan }) => plan === each)])),
      },
      international: {
        ...{ type: "boolean", missing: count(({ international }) => international === null) },
        counts: {
          "0": count(({ international }) => international === false),
          "1": count(({ international }) => international === true),
        },
      },
      tenure: {
        ...{ type: "integer", missing: 0 },
        ...numbers(
          rows.map(({ tenure }) => tenure),
          [0, 20, 40, 60, 120],
        ),
      },
      minutes: {
        ...{ type: "number", missing: count(({ minutes }) => minutes === null) },
        ...numbers(
          rows.flatMap(({ minutes }) => minutes ?? []),
          [0, 100, 200, 300, 1_000],
        ),
      },
    },
    score: {
      ...{ split: "test", rows: total },
      ...numbers(
        scored.map(({ score }) => score),
        unit,
      ),
    },
    target: { split: "test", rows: total, mean: 0.4 },
    segments: [],
  };
}
