import { randomBytes } from "node:crypto";
import { link, rm } from "node:fs/promises";
import { ServingError } from "../errors";
import { readIfThere, writeDurably } from "./durable";

const SECRET_BYTES = 32;

/**
 * The secret under which keys are hashed and the audit log is chained: 256 random bits in a file that only its owner can
 * read, made on first use.
 *
 * @throws {@link ServingError} `secret_invalid` when the file holds anything else.
 */
export async function serverSecret(path: string): Promise<Buffer> {
  const known = await readIfThere(path);
  if (known !== undefined) return secretOf(known, path);
  const temporary = `${path}.${randomBytes(6).toString("hex")}.tmp`;
  await writeDurably(temporary, `${randomBytes(SECRET_BYTES).toString("hex")}\n`);
  // A link never replaces: of two processes that make the secret at once, both read the one that was first.
  await link(temporary, path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "EEXIST") throw error;
  });
  await rm(temporary, { force: true });
  return secretOf((await readIfThere(path)) ?? "", path);
}

function secretOf(text: string, path: string): Buffer {
  const hex = text.trim();
  if (/^[0-9a-f]{64}$/.test(hex)) return Buffer.from(hex, "hex");
  const remedy = "Restore it from a backup; without it no key is valid and the audit log cannot be verified.";
  throw new ServingError("secret_invalid", `${path} does not hold 64 hexadecimal digits. ${remedy}`);
}
