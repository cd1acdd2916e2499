import type { Clients } from "../clients";
import { OperationError } from "../errors";
import { objectSize, putIfMissing } from "../objects";
import { parseS3Uri } from "../s3-uri";
import { type Surroundings, systemSurroundings } from "../surroundings";
import { type VerifiedArtefact, verifyArtefact } from "../verify-artefact";
import {
  modelPrefix,
  type PointedVersion,
  type PredictorPointer,
  pointerUri,
  type ReadPointer,
  readPointer,
  writePointer,
} from "./predictor-pointer";

/** What functions shall score with. */
export interface EmbeddedWish {
  readonly endpoint: string;
  readonly bucket: string;
  /** It must be approved. */
  readonly modelPackageArn: string;
}

/** What publishing a predictor would do, found by reading alone. */
export interface EmbeddedPlan {
  readonly endpoint: string;
  readonly bucket: string;
  readonly change: "created" | "updated" | "unchanged";
  /** "churn/3"; absent when nothing was published yet. */
  readonly before?: string;
  readonly after: string;
  /** Files that functions read, by content. */
  readonly objects: readonly { readonly key: string; readonly bytes: number; readonly present: boolean }[];
  /** What functions are given as `MODEL_POINTER`. */
  readonly pointerUri: string;
}

/** What publishing did. */
export interface Embedded extends EmbeddedPlan {
  readonly seconds: number;
}

/** The files of an archive that scoring reads; nothing that is unpickled is among them. */
export const SCORED = ["manifest.json", "contract.json", "predictor.safetensors"];

const MOST_BEFORE = 10;

type EmbeddedClients = Pick<Clients, "sagemaker" | "s3">;

/** @throws OperationError `no_approved_model`, and as {@link verifyArtefact} */
export async function planEmbedded(clients: EmbeddedClients, wish: EmbeddedWish): Promise<EmbeddedPlan> {
  return (await prepared(clients, wish)).plan;
}

/**
 * Publishes a verified predictor for functions that score in their own process: files under a name made from their content, then the
 * pointer, in one conditional write. Cut off anywhere, the former version is scored with; asked for again, it goes on.
 *
 * @throws OperationError as {@link planEmbedded}; `endpoint_busy` when somebody else published in between
 */
export async function deployEmbedded(
  clients: EmbeddedClients,
  wish: EmbeddedWish,
  surroundings: Surroundings = systemSurroundings,
): Promise<Embedded> {
  const started = surroundings.now();
  const { plan, artefact, read } = await prepared(clients, wish);
  for (const { key, bytes, present } of plan.objects) {
    const content = artefact.files.get(key.split("/").at(-1) ?? "") ?? new Uint8Array();
    if (!present) await putIfMissing(clients, { bucket: wish.bucket, key, bytes, open: () => content });
  }
  if (plan.change !== "unchanged") {
    const { model, manifestSha256 } = artefact;
    const current: PointedVersion = {
      name: model.group,
      version: model.version,
      manifestSha256,
      uri: `s3://${wish.bucket}/${modelPrefix(manifestSha256)}`,
      modelPackageArn: model.arn,
      deployedAt: new Date(surroundings.now()).toISOString(),
    };
    const { pointer: former, etag } = read;
    const before = former === undefined ? [] : [former.current, ...former.before].slice(0, MOST_BEFORE);
    const pointer: PredictorPointer = { format: 1, current, before };
    await writePointer(clients, { ...wish, pointer, ...(etag === undefined ? {} : { etag }) });
  }
  return { ...plan, seconds: (surroundings.now() - started) / 1_000 };
}

/** What returning a predictor did. */
export interface EmbeddedRollback {
  readonly endpoint: string;
  /** "churn/4". */
  readonly from: string;
  readonly to: string;
  readonly seconds: number;
}

/**
 * Points functions back at the version they scored with before, in one write.
 *
 * @throws OperationError `endpoint_unknown`, `nothing_before`, `artefact_changed` when its files are gone, `endpoint_busy`
 */
export async function rollbackEmbedded(
  clients: Pick<Clients, "s3">,
  { endpoint, bucket }: Pick<EmbeddedWish, "endpoint" | "bucket">,
  surroundings: Surroundings = systemSurroundings,
): Promise<EmbeddedRollback> {
  const started = surroundings.now();
  const { pointer, etag } = await readPointer(clients, bucket, endpoint);
  if (pointer === undefined)
    throw new OperationError("endpoint_unknown", `Nothing was published for ${endpoint} in ${bucket}.`, {
      facts: { endpoint, bucket },
    });
  const [to, ...before] = pointer.before;
  if (to === undefined)
    throw new OperationError(
      "nothing_before",
      `${endpoint} has nothing to return to. Version ${nameOf(pointer.current)} is the first one that was published.`,
      { facts: { endpoint, current: nameOf(pointer.current) } },
    );
  const folder = parseS3Uri(to.uri);
  for (const file of SCORED) {
    const key = `${folder.key}/${file}`;
    if ((await objectSize(clients, { bucket: folder.bucket, key })) !== undefined) continue;
    throw new OperationError(
      "artefact_changed",
      `s3://${folder.bucket}/${key} is gone, so ${nameOf(to)} cannot be scored with; ${nameOf(pointer.current)} stays. Deploy it again: sagewright deploy ${to.name}@${to.version}.`,
      { facts: { endpoint, version: nameOf(to) } },
    );
  }
  await writePointer(clients, {
    endpoint,
    bucket,
    pointer: { format: 1, current: to, before },
    ...(etag === undefined ? {} : { etag }),
  });
  return {
    endpoint,
    from: nameOf(pointer.current),
    to: nameOf(to),
    seconds: (surroundings.now() - started) / 1_000,
  };
}

async function prepared(
  clients: EmbeddedClients,
  { endpoint, bucket, modelPackageArn }: EmbeddedWish,
): Promise<{ plan: EmbeddedPlan; artefact: VerifiedArtefact; read: ReadPointer }> {
  const artefact = await verifyArtefact(clients, modelPackageArn);
  const { model, manifestSha256, files } = artefact;
  if (model.approval !== "Approved")
    throw new OperationError(
      "no_approved_model",
      `${model.arn} is ${model.approval}, and only an approved version is deployed. Approve it first.`,
      { facts: { arn: model.arn, approval: model.approval } },
    );
  const read = await readPointer(clients, bucket, endpoint);
  const objects = await Promise.all(
    SCORED.map(async (file) => {
      const bytes = files.get(file)?.length;
      if (bytes === undefined)
        throw new OperationError(
          "artefact_unverified",
          `${model.modelDataUrl} has no ${file}, which functions score with. Train and register the model again.`,
          { facts: { arn: model.arn, file } },
        );
      const key = `${modelPrefix(manifestSha256)}/${file}`;
      return { key, bytes, present: (await objectSize(clients, { bucket, key })) === bytes };
    }),
  );
  const current = read.pointer?.current;
  const after = `${model.group}/${model.version}`;
  const same = current?.manifestSha256 === manifestSha256 && nameOf(current) === after;
  const plan: EmbeddedPlan = {
    endpoint,
    bucket,
    change: current === undefined ? "created" : same ? "unchanged" : "updated",
    ...(current === undefined ? {} : { before: nameOf(current) }),
    after,
    objects,
    pointerUri: pointerUri(bucket, endpoint),
  };
  return { plan, artefact, read };
}

function nameOf({ name, version }: PointedVersion): string {
  return `${name}/${version}`;
}
