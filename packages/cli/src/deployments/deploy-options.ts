import {
  atOnce,
  type DeployOptions,
  type EndpointServing,
  type HostedServing,
  type ModelDetails,
  plainServing,
} from "@sagewright/sagemaker";
import { usageError } from "../errors";
import { findModel } from "../models/find-model";
import { requirePromoted } from "../models/promotion";
import type { Session } from "../session";

/** Options of `sagewright deploy`. */
export interface DeployCommandOptions {
  endpoint?: string;
  plan?: boolean;
  atOnce?: boolean;
}

/** What shall be served, from the environment and the options; without an environment one instance, replaced all at once. */
export async function deployOptions(
  session: Session,
  model: ModelDetails,
  { endpoint, atOnce: hurried }: DeployCommandOptions,
): Promise<DeployOptions> {
  const { environment, target } = session;
  const serving = hostedServing(session);
  const quick = serving.mode === "endpoint" && hurried === true ? { ...serving, update: atOnce } : serving;
  return {
    endpoint: endpoint ?? environment?.serving.endpoint ?? model.group,
    modelPackageArn: model.arn,
    pinnedArns: await pinnedVersions(session, model, serving),
    roleArn: target.roleArn,
    serving: quick,
    guarded: environment !== undefined && hurried !== true,
    captureUri: `s3://${target.bucket}/captures`,
    tags: environment?.tags ?? {},
    ...(environment?.kmsKey === undefined ? {} : { kmsKey: environment.kmsKey }),
  };
}

function hostedServing({ environment }: Session): HostedServing {
  const serving = environment?.serving;
  if (serving === undefined) return plainServing;
  if (serving.mode !== "embedded") return serving;
  throw usageError(
    `the environment ${environment?.name} serves embedded: its function carries the model, and no endpoint is made`,
    "name an environment whose serving.mode is endpoint or serverless",
  );
}

/** Versions that variants name themselves pass the same gate. */
async function pinnedVersions(
  { clients, environment }: Session,
  { group }: ModelDetails,
  serving: HostedServing,
): Promise<Map<number, string>> {
  const variants: EndpointServing["variants"] = serving.mode === "endpoint" ? serving.variants : [];
  const pinned = new Map<number, string>();
  for (const { modelVersion } of variants) {
    if (modelVersion === undefined || pinned.has(modelVersion)) continue;
    const found = await findModel(clients, `${group}/${modelVersion}`);
    await requirePromoted(clients, found, environment?.gate);
    pinned.set(modelVersion, found.arn);
  }
  return pinned;
}
