import type { ModelDetails } from "@sagewright/sagemaker";
import { type MlflowClient, MlflowError } from "./mlflow-client";

const PACKAGE = "sagewright.model_package";

interface Version {
  readonly version: string;
  readonly tags?: readonly { readonly key: string; readonly value: string }[];
}

/** What mirroring a version did. */
export interface MirroredModel {
  readonly name: string;
  /** MLflow's own number, which counts what was mirrored. */
  readonly version: string;
  readonly change: "created" | "updated" | "unchanged";
}

/** Brings a model version to MLflow's registry, linked to the run that registered it; again only what changed is sent. */
export async function mirrorModel(
  client: MlflowClient,
  model: ModelDetails,
  runId: string | undefined,
): Promise<MirroredModel> {
  const name = model.group;
  await ensureRegistered(client, name);
  const tags = tagsOf(model);
  const found = (await versionsOf(client, name)).find((each) => tagOf(each, PACKAGE) === model.arn);
  if (found === undefined) {
    const { model_version: made } = await client.post<{ model_version: Version }>(
      "model-versions/create",
      {
        name,
        source: model.modelDataUrl,
        ...(runId === undefined ? {} : { run_id: runId }),
        description: `${model.group}/${model.version}${model.approvalReason === undefined ? "" : `: ${model.approvalReason}`}`,
        tags: Object.entries(tags).map(([key, value]) => ({ key, value })),
      },
      { again: false },
    );
    return { name, version: made.version, change: "created" };
  }
  const stale = Object.entries(tags).filter(([key, value]) => tagOf(found, key) !== value);
  for (const [key, value] of stale)
    await client.post("model-versions/set-tag", { name, version: found.version, key, value });
  return { name, version: found.version, change: stale.length > 0 ? "updated" : "unchanged" };
}

/** Points the alias `champion` at the version that a deployment takes. */
export async function setChampion(client: MlflowClient, { name, version }: MirroredModel): Promise<void> {
  await client.post("registered-models/alias", { name, alias: "champion", version });
}

function tagsOf({ arn, version, approval, approvalReason, manifestSha256, metadata }: ModelDetails) {
  return {
    [PACKAGE]: arn,
    "sagewright.version": String(version),
    "sagewright.approval": approval,
    ...(approvalReason === undefined ? {} : { "sagewright.approval_reason": approvalReason }),
    ...(metadata.decided_by === undefined ? {} : { "sagewright.decided_by": metadata.decided_by }),
    ...(metadata.gate === undefined ? {} : { "sagewright.gate": metadata.gate }),
    ...(manifestSha256 === undefined ? {} : { "sagewright.manifest_sha256": manifestSha256 }),
  };
}

async function ensureRegistered(client: MlflowClient, name: string): Promise<void> {
  try {
    await client.post("registered-models/create", { name }, { again: false });
  } catch (error) {
    if (!(error instanceof MlflowError) || error.code !== "RESOURCE_ALREADY_EXISTS") throw error;
  }
}

async function versionsOf(client: MlflowClient, name: string): Promise<Version[]> {
  const found: Version[] = [];
  let token: string | undefined;
  do {
    const page = await client.get<{ model_versions?: Version[]; next_page_token?: string }>("model-versions/search", {
      filter: `name = '${name}'`,
      max_results: "1000",
      ...(token === undefined ? {} : { page_token: token }),
    });
    found.push(...(page.model_versions ?? []));
    token = page.next_page_token || undefined;
  } while (token !== undefined);
  return found;
}

function tagOf({ tags }: Version, key: string): string | undefined {
  return tags?.find((tag) => tag.key === key)?.value;
}
