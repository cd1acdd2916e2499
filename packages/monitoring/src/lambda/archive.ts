import { createHash } from "node:crypto";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { extract } from "tar-stream";
import { MonitoringError } from "../errors";

/** What an archive is held to. */
export interface ArchiveCheck {
  /** For messages. */
  readonly address: string;
  /** SHA-256 of manifest.json, as it was registered. @default only that the contract is what the manifest says */
  readonly manifestSha256?: string;
}

/**
 * contract.json of a model's archive, checked against the manifest and the manifest against the registry. Nothing else of the
 * archive is kept in memory.
 *
 * @throws MonitoringError `archive_unreadable`, `archive_changed`
 */
export async function contractOf(archive: Readable, { address, manifestSha256 }: ArchiveCheck): Promise<Uint8Array> {
  const found = await wanted(archive, address);
  const [contract, manifest] = [found.get("contract.json"), found.get("manifest.json")];
  if (contract === undefined || manifest === undefined)
    throw unreadable(address, "has no contract.json or no manifest.json");
  const files = (JSON.parse(manifest.toString("utf8")) as Manifest).files ?? {};
  if (manifestSha256 !== undefined && sha256(manifest) !== manifestSha256) throw changed(address, "manifest.json");
  if (files["contract.json"]?.sha256 !== sha256(contract)) throw changed(address, "contract.json");
  return contract;
}

interface Manifest {
  readonly files?: Readonly<Record<string, { readonly sha256: string }>>;
}

const NAMES = ["contract.json", "manifest.json"];

async function wanted(archive: Readable, address: string): Promise<Map<string, Buffer>> {
  const found = new Map<string, Buffer>();
  const reader = extract();
  reader.on("entry", (header, stream, next) => {
    const name = header.name.replace(/^\.\//, "");
    const chunks: Buffer[] = [];
    stream.on("data", (chunk) => {
      if (NAMES.includes(name)) chunks.push(chunk as Buffer);
    });
    stream.on("error", next);
    stream.on("end", () => {
      if (NAMES.includes(name)) found.set(name, Buffer.concat(chunks));
      next();
    });
  });
  try {
    await pipeline(archive, createGunzip(), reader);
  } catch (cause) {
    throw unreadable(address, "is no tar.gz archive", cause);
  }
  return found;
}

function unreadable(address: string, what: string, cause?: unknown): MonitoringError {
  return new MonitoringError("archive_unreadable", `${address} ${what}. Train and register the model again.`, {
    facts: { address },
    cause,
  });
}

function changed(address: string, file: string): MonitoringError {
  const message = `${file} in ${address} is not what was registered. It is not used. Train and register the model again.`;
  return new MonitoringError("archive_changed", message, { facts: { address, file } });
}

const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");
