import { createHash } from "node:crypto";
import { type Zippable, zipSync } from "fflate";
import type { Clients } from "./clients";
import { SCORED } from "./deployment/embedded";
import { OperationError } from "./errors";
import { objectSize, putIfMissing } from "./objects";
import { verifyArtefact } from "./verify-artefact";

/** What a function that carries its model is given. */
export interface ReleaseLayerWish {
  readonly bucket: string;
  readonly modelPackageArn: string;
  /** Decision policy that the function decides by, as JSON. @default the usual one */
  readonly policy?: object;
}

/** A model as a layer of a Lambda function: `/opt/model`. */
export interface ReleaseLayer {
  readonly modelPackageArn: string;
  readonly group: string;
  readonly version: number;
  readonly manifestSha256: string;
  /** Key of the archive, made from its content. */
  readonly key: string;
  readonly bytes: number;
  readonly present: boolean;
  readonly archive: Uint8Array;
}

type ReleaseClients = Pick<Clients, "sagemaker" | "s3">;

/** The oldest moment that a zip archive can say, so that the same files are the same bytes. */
const NO_TIME = new Date(1980, 0, 1);

/**
 * Packs a verified model for a function that carries it: what scoring reads and the decision policy, nothing that is unpickled.
 *
 * @throws OperationError `no_approved_model`, and as {@link verifyArtefact}
 */
export async function planReleaseLayer(
  clients: ReleaseClients,
  { bucket, modelPackageArn, policy }: ReleaseLayerWish,
): Promise<ReleaseLayer> {
  const { model, manifestSha256, files } = await verifyArtefact(clients, modelPackageArn);
  if (model.approval !== "Approved")
    throw new OperationError(
      "no_approved_model",
      `${model.arn} is ${model.approval}, and only an approved version is released. Approve it first.`,
      { facts: { arn: model.arn, approval: model.approval } },
    );
  const packed: Zippable = Object.fromEntries(
    SCORED.flatMap((name) => {
      const bytes = files.get(name);
      return bytes === undefined ? [] : [[`model/${name}`, bytes]];
    }),
  );
  if (policy !== undefined) packed["model/policy.json"] = Buffer.from(`${JSON.stringify(policy, null, 2)}\n`);
  const archive = zipSync(packed, { level: 9, mtime: NO_TIME });
  const key = `releases/${createHash("sha256").update(archive).digest("hex")}.zip`;
  const present = (await objectSize(clients, { bucket, key })) !== undefined;
  const { group, version } = model;
  return { modelPackageArn: model.arn, group, version, manifestSha256, key, bytes: archive.length, present, archive };
}

/** Brings a packed model to the bucket, once. */
export async function putReleaseLayer(clients: ReleaseClients, bucket: string, layer: ReleaseLayer): Promise<void> {
  const { key, bytes, archive } = layer;
  if (!layer.present) await putIfMissing(clients, { bucket, key, bytes, open: () => archive });
}
