import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { SageMaker } from "@aws-sdk/client-sagemaker";
import { contractJson } from "@sagewright/contract";
import { record } from "../../support/captures";
import { contract, document, trained } from "../../support/small";
import { newFolder, type openAws } from "./functions";

/** The embedded cloud with a model group, and captures to put into it. */
export type Aws = Awaited<ReturnType<typeof openAws>>;

const sha256 = (bytes: Buffer | string) => createHash("sha256").update(bytes).digest("hex");

/** Registers a version of `small`, with the archive, baseline and evaluation that its pipeline would have made. */
export async function register({ cloud, s3, bucket }: Aws, version: number, { tampered = false } = {}): Promise<void> {
  const sagemaker = new SageMaker(cloud.clientConfig());
  if (version === 1) await sagemaker.createModelPackageGroup({ ModelPackageGroupName: "small" });
  const folder = newFolder();
  mkdirSync(join(folder, "model"));
  const text = contractJson(contract);
  const manifest = JSON.stringify({
    format: 1,
    files: { "contract.json": { sha256: sha256(text), bytes: text.length } },
  });
  writeFileSync(join(folder, "model", "contract.json"), tampered ? text.replace("1000", "2000") : text);
  writeFileSync(join(folder, "model", "manifest.json"), manifest);
  execFileSync("tar", ["-czf", join(folder, "model.tar.gz"), "-C", join(folder, "model"), "."]);
  const put = async (name: string, Body: Buffer | string) => {
    await s3.putObject({ Bucket: bucket, Key: `pipelines/${version}/${name}`, Body });
    return `s3://${bucket}/pipelines/${version}/${name}`;
  };
  const statistics = (S3Uri: string) => ({ Statistics: { ContentType: "application/json", S3Uri } });
  await sagemaker.createModelPackage({
    ModelPackageGroupName: "small",
    ModelApprovalStatus: "Approved",
    CustomerMetadataProperties: { manifest_sha256: sha256(manifest) },
    DriftCheckBaselines: {
      ModelDataQuality: statistics(await put("baseline.json", JSON.stringify({ ...document, note: version }))),
    },
    ModelMetrics: {
      ModelQuality: statistics(await put("evaluation.json", JSON.stringify({ threshold: { value: 0.4 } }))),
    },
    InferenceSpecification: {
      Containers: [
        {
          Image: "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.9-0-cpu-py3",
          ModelDataUrl: await put("model.tar.gz", readFileSync(join(folder, "model.tar.gz"))),
        },
      ],
      SupportedContentTypes: ["text/csv"],
      SupportedResponseMIMETypes: ["text/csv"],
    },
  });
}

/** What a file of captures holds. */
export interface Captured {
  /** ISO 8601, of the first prediction; each comes a second later. */
  readonly at: string;
  readonly rows: number;
  readonly version?: string;
  /** Of each id. @default made of the moment */
  readonly id?: (at: number) => string;
  readonly change?: (row: ReturnType<typeof trained>, at: number) => object;
}

/** The lines of a capture file: rows as training had them, unless they are changed. */
export function captured({ at, rows, version = "1", id, change = (row) => row }: Captured): string {
  const lines = Array.from({ length: rows }, (_, index) => {
    const moment = new Date(Date.parse(at) + index * 1_000).toISOString();
    const churnProbability = ((index * 29) % 100) / 100;
    return record({
      id: id?.(index) ?? `${at}-${index}`,
      at: moment,
      input: change(trained(index), index),
      output: { churnProbability, churn: churnProbability > 0.4, modelVersion: version, latencyMs: 12 },
    });
  });
  return `${lines.join("\n")}\n`;
}

/** Outcomes that are as likely as the scores of {@link captured} say. */
export function outcomes(at: string, rows: number): string {
  const lines = Array.from({ length: rows }, (_, index) => {
    const score = ((index * 29) % 100) / 100;
    const outcome = (index * 53) % 97 < score * 97 ? "1" : "0";
    return JSON.stringify({
      groundTruthData: { data: outcome, encoding: "CSV" },
      eventMetadata: { eventId: `${at}-${index}` },
      eventVersion: "0",
    });
  });
  return `${lines.join("\n")}\n`;
}

/** `yyyy/mm/dd/hh` of a moment. */
export const hourPath = (at: string): string => at.slice(0, 13).replaceAll("-", "/").replace("T", "/");
