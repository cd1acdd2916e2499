import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Contract, readContract } from "@sagewright/contract";
import { loadPredictor, type Predictor } from "@sagewright/predictor";
import { z } from "zod";
import type { ServedModel } from "../app/model-card";
import { ServingError } from "../errors";

/** A model read from the files of its archive. */
export interface ModelFolder {
  readonly contract: Contract;
  readonly predictor: Predictor;
  readonly model: ServedModel;
}

const manifestSchema = z.object({
  format: z.literal(1),
  files: z.record(z.string(), z.object({ sha256: z.string(), bytes: z.number() })),
  metrics: z.record(z.string(), z.number()).optional(),
});

/**
 * Reads `predictor.safetensors`, `contract.json` and `manifest.json` of an unpacked model archive and checks the first two
 * against the manifest, and the manifest against its digest in the registry. Nothing is unpickled.
 *
 * @param manifestSha256 - SHA-256 of `manifest.json`, hexadecimal
 * @throws {@link ServingError} `artefact_changed` when a file is not the one that was registered.
 */
export function readModelFolder(
  folder: string,
  {
    name,
    version,
    manifestSha256,
  }: { readonly name: string; readonly version: string; readonly manifestSha256: string },
): ModelFolder {
  const manifestBytes = read(folder, "manifest.json");
  requireDigest("manifest.json", manifestBytes, manifestSha256);
  const { files, metrics } = manifestSchema.parse(JSON.parse(manifestBytes.toString("utf8")));
  const checked = (file: string): Buffer => {
    const bytes = read(folder, file);
    requireDigest(file, bytes, files[file]?.sha256);
    return bytes;
  };
  const contract = readContract(checked("contract.json").toString("utf8"));
  const predictor = loadPredictor(checked("predictor.safetensors"));
  const { threshold, estimator } = predictor;
  const model: ServedModel = {
    name,
    version,
    estimator,
    digest: manifestSha256,
    ...(threshold === undefined ? {} : { threshold }),
    ...(metrics === undefined ? {} : { metrics }),
  };
  return { contract, predictor, model };
}

function read(folder: string, file: string): Buffer {
  try {
    return readFileSync(join(folder, file));
  } catch (cause) {
    const message = `${join(folder, file)} cannot be read. Unpack the model archive into ${folder}.`;
    throw new ServingError("artefact_missing", message, { cause });
  }
}

function requireDigest(file: string, bytes: Uint8Array, expected: string | undefined): void {
  const actual = createHash("sha256").update(bytes).digest("hex");
  if (actual === expected) return;
  const message = `${file} has the SHA-256 ${actual}, and ${expected ?? "none"} was registered. Deploy the registered archive again.`;
  throw new ServingError("artefact_changed", message);
}
