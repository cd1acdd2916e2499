import { createHash } from "node:crypto";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { extract } from "tar-stream";
import type { Clients } from "./clients";
import { OperationError } from "./errors";
import { readObject } from "./objects";
import { describeModel, MANIFEST_DIGEST_KEY, type ModelDetails } from "./registry";

/** A model archive whose every file is what was registered. */
export interface VerifiedArtefact {
  readonly model: ModelDetails;
  readonly manifestSha256: string;
  /** Files of the archive by name, manifest included. */
  readonly files: ReadonlyMap<string, Uint8Array>;
}

interface Manifest {
  readonly files?: Readonly<Record<string, { readonly sha256: string; readonly bytes: number }>>;
}

/**
 * Fetches a registered model archive and checks it against the registry: the manifest against the digest recorded at
 * registration, every file against the manifest, and no file beside them.
 *
 * @throws OperationError `artefact_unverified` when no digest was recorded or the archive has no manifest;
 *   `artefact_changed` naming the file that differs; `artefact_unreadable` when it is no tar.gz.
 */
export async function verifyArtefact(
  clients: Pick<Clients, "sagemaker" | "s3">,
  arn: string,
): Promise<VerifiedArtefact> {
  const model = await describeModel(clients, arn);
  const files = await readArchive(await readObject(clients, model.modelDataUrl), model.modelDataUrl);
  const manifest = files.get("manifest.json");
  if (model.manifestSha256 === undefined || manifest === undefined) {
    const lacking =
      manifest === undefined ? "its archive holds no manifest.json" : `no ${MANIFEST_DIGEST_KEY} was recorded`;
    throw new OperationError(
      "artefact_unverified",
      `${arn} cannot be verified: ${lacking}. Train and register it again.`,
      {
        facts: { arn, uri: model.modelDataUrl },
      },
    );
  }
  const digest = sha256(manifest);
  if (digest !== model.manifestSha256) throw changed(model, "manifest.json", model.manifestSha256, digest);
  checkFiles(model, files, JSON.parse(Buffer.from(manifest).toString("utf8")) as Manifest);
  return { model, manifestSha256: digest, files };
}

function checkFiles(model: ModelDetails, files: ReadonlyMap<string, Uint8Array>, manifest: Manifest): void {
  const declared = manifest.files ?? {};
  for (const [name, { sha256: expected }] of Object.entries(declared)) {
    const content = files.get(name);
    const found = content === undefined ? "nothing" : sha256(content);
    if (found !== expected) throw changed(model, name, expected, found);
  }
  for (const name of files.keys()) {
    if (name !== "manifest.json" && !(name in declared)) throw changed(model, name, "no such file", "a file");
  }
}

function changed(model: ModelDetails, file: string, expected: string, found: string): OperationError {
  return new OperationError(
    "artefact_changed",
    `${model.modelDataUrl} is not what was registered as ${model.arn}: ${file} was ${expected} and is ${found}. ` +
      "It will not be used. Train and register the model again.",
    { facts: { arn: model.arn, uri: model.modelDataUrl, file, expected, found } },
  );
}

/** Files of a tar.gz by name, without a leading "./". */
async function readArchive(bytes: Uint8Array, uri: string): Promise<Map<string, Uint8Array>> {
  const files = new Map<string, Uint8Array>();
  const reader = extract();
  reader.on("entry", (header, stream, next) => {
    const chunks: Buffer[] = [];
    stream.on("data", (chunk) => void chunks.push(chunk as Buffer));
    stream.on("error", next);
    stream.on("end", () => {
      if (header.type === "file") files.set(header.name.replace(/^\.\//, ""), Buffer.concat(chunks));
      next();
    });
  });
  try {
    await pipeline([bytes], createGunzip(), reader);
  } catch (cause) {
    throw new OperationError(
      "artefact_unreadable",
      `${uri} is not a tar.gz archive. Train and register the model again.`,
      {
        facts: { uri },
        cause,
      },
    );
  }
  return files;
}

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
