import type { Readable } from "node:stream";
import type { S3 } from "@aws-sdk/client-s3";
import type { DescribeModelPackageOutput, ListModelPackagesOutput, SageMaker } from "@aws-sdk/client-sagemaker";
import { type Contract, readContract } from "@sagewright/contract";
import { type Baseline, readBaseline } from "../baseline/baseline";
import { MonitoringError } from "../errors";
import { contractOf } from "./archive";
import { openObject, placeOf, readObject } from "./objects";

/** The versions of a model group. */
export interface RegisteredVersions {
  /** ARNs by version. */
  readonly arns: ReadonlyMap<string, string>;
  /** The newest approved one, or the newest where none is. @default absent where nothing is registered */
  readonly newest?: string;
}

/** A version with what its predictions are compared with. */
export interface WatchedVersion {
  readonly version: string;
  readonly baseline: Baseline;
  readonly contract: Contract;
  /** From which score on it says yes. @default as `measurePerformance` */
  readonly threshold?: number;
}

/** What is asked, and where. */
export interface RegistryClients {
  readonly sagemaker: Pick<SageMaker, "listModelPackages" | "describeModelPackage">;
  readonly s3: Pick<S3, "getObject" | "putObject">;
}

/** The versions of a group; none where there is no such group. */
export async function registeredVersions(
  { sagemaker }: Pick<RegistryClients, "sagemaker">,
  group: string,
): Promise<RegisteredVersions> {
  const arns = new Map<string, string>();
  const approved: number[] = [];
  let token: string | undefined;
  do {
    const page = await sagemaker
      .listModelPackages({
        ModelPackageGroupName: group,
        MaxResults: 100,
        ...(token === undefined ? {} : { NextToken: token }),
      })
      .catch(noGroup);
    for (const { ModelPackageArn, ModelPackageVersion, ModelApprovalStatus } of page.ModelPackageSummaryList ?? []) {
      if (ModelPackageArn === undefined || ModelPackageVersion === undefined) continue;
      arns.set(String(ModelPackageVersion), ModelPackageArn);
      if (ModelApprovalStatus === "Approved") approved.push(ModelPackageVersion);
    }
    token = page.NextToken;
  } while (token !== undefined);
  const candidates = approved.length > 0 ? approved : [...arns.keys()].map(Number);
  return { arns, ...(candidates.length === 0 ? {} : { newest: String(Math.max(...candidates)) }) };
}

/** There is no group before the first run of its pipeline. */
function noGroup(error: Error): ListModelPackagesOutput {
  if (error.name === "ValidationException" && error.message.includes("does not exist"))
    return { ModelPackageSummaryList: [] };
  throw error;
}

/**
 * Opens a version: its baseline, where registration says it is; its contract, from the archive the first time and from a copy
 * under `prefix` afterwards, since archives are large; its threshold from the evaluation.
 *
 * @throws MonitoringError `baseline_missing`; and as `readBaseline`, `readContract` and `contractOf` do
 */
export async function openVersion(
  { sagemaker, s3 }: RegistryClients,
  { version, arn, bucket, prefix }: { version: string; arn: string; bucket: string; prefix: string },
): Promise<WatchedVersion> {
  const found = await sagemaker.describeModelPackage({ ModelPackageName: arn });
  const address = found.DriftCheckBaselines?.ModelDataQuality?.Statistics?.S3Uri;
  const bytes = address === undefined ? undefined : await readObject(s3, placeOf(address));
  if (bytes === undefined) {
    const why = address === undefined ? "it was registered without one" : `${address} is not there any more`;
    throw new MonitoringError(
      "baseline_missing",
      `${arn} has no baseline.json to compare its predictions with: ${why}. Register it by a pipeline that evaluates it.`,
      { facts: { arn } },
    );
  }
  const baseline = readBaseline(bytes);
  const threshold = await thresholdOf(s3, found);
  const copy = { bucket, key: `${prefix}/${folderOf(version, baseline)}/contract.json` };
  return {
    version,
    baseline,
    contract: readContract(Buffer.from(await contractBytes(s3, found, copy)).toString("utf8")),
    ...(threshold === undefined ? {} : { threshold }),
  };
}

/** The contract of a version, from its archive. @throws as `readContract` and `contractOf` do */
export async function openContract(
  { sagemaker, s3 }: { sagemaker: Pick<SageMaker, "describeModelPackage">; s3: Pick<S3, "getObject"> },
  arn: string,
): Promise<Contract> {
  const found = await sagemaker.describeModelPackage({ ModelPackageName: arn });
  return readContract(Buffer.from(await archivedContract(s3, found)).toString("utf8"));
}

/** The folder of a version's summaries, which are on the bins of one baseline. */
export function folderOf(version: string, { sha256 }: Pick<Baseline, "sha256">): string {
  return `${version}-${sha256.slice(0, 12)}`;
}

async function contractBytes(
  s3: RegistryClients["s3"],
  found: DescribeModelPackageOutput,
  copy: { readonly bucket: string; readonly key: string },
): Promise<Uint8Array> {
  const known = await readObject(s3, copy);
  if (known !== undefined) return known;
  const contract = await archivedContract(s3, found);
  await s3.putObject({ Bucket: copy.bucket, Key: copy.key, Body: contract, ContentType: "application/json" });
  return contract;
}

async function archivedContract(s3: Pick<S3, "getObject">, found: DescribeModelPackageOutput): Promise<Uint8Array> {
  const address = found.InferenceSpecification?.Containers?.[0]?.ModelDataUrl ?? "";
  const archive = await openObject(s3, placeOf(address));
  if (archive === undefined)
    throw new MonitoringError("archive_unreadable", `${address} is not there any more. Train the model again.`, {
      facts: { address },
    });
  const manifestSha256 = found.CustomerMetadataProperties?.manifest_sha256;
  return contractOf(archive as Readable, { address, ...(manifestSha256 === undefined ? {} : { manifestSha256 }) });
}

async function thresholdOf(s3: RegistryClients["s3"], found: DescribeModelPackageOutput): Promise<number | undefined> {
  const address = found.ModelMetrics?.ModelQuality?.Statistics?.S3Uri;
  const bytes = address === undefined ? undefined : await readObject(s3, placeOf(address));
  if (bytes === undefined) return undefined;
  const { threshold } = JSON.parse(Buffer.from(bytes).toString("utf8")) as { threshold?: { value?: unknown } };
  return typeof threshold?.value === "number" ? threshold.value : undefined;
}
