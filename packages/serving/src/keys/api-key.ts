import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { z } from "zod";
import { ROLES } from "./roles";

/** A key as it is kept: everything but the key itself. */
export const storedKeySchema = z.strictObject({
  /** Names the key in lists and in the audit log. */
  id: z.string().regex(/^[0-9a-f]{12}$/),
  /** Who has it, in the operator's words. */
  name: z.string().min(1).max(100),
  role: z.enum(ROLES),
  /** Requests a minute; as many may come at once. */
  perMinute: z.int().min(1).max(1_000_000),
  /** HMAC-SHA-256 of the secret part under the server's secret, hexadecimal. */
  hash: z.string().regex(/^[0-9a-f]{64}$/),
  createdAt: z.iso.datetime(),
  rotatedAt: z.iso.datetime().optional(),
  revokedAt: z.iso.datetime().optional(),
  /** The hash before the last rotation, and until when it is still taken. */
  previous: z.strictObject({ hash: z.string().regex(/^[0-9a-f]{64}$/), until: z.iso.datetime() }).optional(),
});

/** {@link storedKeySchema} as a type. */
export type StoredKey = z.infer<typeof storedKeySchema>;

const KEY_FORM = /^sgw_([0-9a-f]{12})_([A-Za-z0-9_-]{43})$/;

/** A new secret part: 256 random bits. */
export function newSecret(): string {
  return randomBytes(32).toString("base64url");
}

/** A new id. */
export function newKeyId(): string {
  return randomBytes(6).toString("hex");
}

/** The key as its holder gets it, once. */
export function keyText(id: string, secret: string): string {
  return `sgw_${id}_${secret}`;
}

/** The hash that is kept of a secret part. */
export function hashSecret(serverSecret: Uint8Array, secret: string): string {
  return createHmac("sha256", serverSecret).update(secret).digest("hex");
}

/** Id and secret part of a presented key, or undefined when it does not look like one. */
export function partsOf(presented: string): { readonly id: string; readonly secret: string } | undefined {
  const match = KEY_FORM.exec(presented);
  return match === null ? undefined : { id: match[1] ?? "", secret: match[2] ?? "" };
}

const NOBODY = "0".repeat(64);

/** Whether a secret is a key's, in a time that tells nothing about either; an unknown key takes as long as a known one. */
export function matches(key: StoredKey | undefined, hash: string, now: Date): boolean {
  const presented = Buffer.from(hash, "hex");
  const current = timingSafeEqual(presented, Buffer.from(key?.hash ?? NOBODY, "hex"));
  const earlier = timingSafeEqual(presented, Buffer.from(key?.previous?.hash ?? NOBODY, "hex"));
  if (key === undefined || key.revokedAt !== undefined) return false;
  return current || (earlier && key.previous !== undefined && now < new Date(key.previous.until));
}
