import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./cli";

/** Folder of models of scikit-learn's, small enough to be kept, and of what it says of rows. */
export const fixtures = join(root, "packages/serving/test/unit/fixtures");

const named = { "contract.json": "binary.contract.json", "predictor.safetensors": "binary.safetensors" };

/**
 * Writes the model of the fixtures as training does: contract, predictor and manifest.
 *
 * @param folder made by it
 * @param more what else its manifest says, which makes it another version
 * @returns the SHA-256 of its manifest
 */
export function writeFixtureModel(folder: string, more: object = {}): string {
  mkdirSync(folder);
  const files = Object.entries(named).map(([name, fixture]) => {
    copyFileSync(join(fixtures, fixture), join(folder, name));
    const bytes = readFileSync(join(folder, name));
    return [name, { sha256: sha256(bytes), bytes: bytes.length }] as const;
  });
  const manifest = JSON.stringify({ format: 1, files: Object.fromEntries(files), ...more });
  writeFileSync(join(folder, "manifest.json"), manifest);
  return sha256(manifest);
}

/** The same as the archive that a training job leaves; `folder` takes what it is made of. */
export function fixtureArchive(folder: string, more: object = {}): { archive: Buffer; manifestSha256: string } {
  const manifestSha256 = writeFixtureModel(join(folder, "model"), more);
  const file = join(folder, "model.tar.gz");
  execFileSync("tar", ["-czf", file, "-C", join(folder, "model"), "."]);
  return { archive: readFileSync(file), manifestSha256 };
}

const sha256 = (bytes: Buffer | string) => createHash("sha256").update(bytes).digest("hex");
