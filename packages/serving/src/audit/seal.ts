import { createHmac, type Hmac, timingSafeEqual } from "node:crypto";
import { crc32 } from "node:zlib";
import type { AuditHead } from "./entry";

/** Lines of one block at most: as many can be in doubt when a block's seal is broken too. */
export const MOST_IN_BLOCK = 1024;

/** The last line of a block: which lines it seals, a checksum of each to name the one that was changed, and the mac. */
export interface Seal {
  readonly from: number;
  readonly to: number;
  /** CRC-32 of each line, eight hexadecimal digits. */
  readonly sums: string;
  /** HMAC-SHA-256 under the server's secret over the mac before, the block's lines and this line without its mac. */
  readonly mac: string;
}

/**
 * The text of one block of lines with its seal, and where the log ends with it. One mac for many lines is what makes the
 * log cheap; every byte of every line is under it all the same.
 */
export function sealedBlock(
  secret: Uint8Array,
  head: AuditHead,
  entries: readonly string[],
): { readonly text: string; readonly head: AuditHead } {
  let lines = "";
  let sums = "";
  let { seq } = head;
  for (const entry of entries) {
    seq += 1;
    const line = `{"seq":${seq},${entry}\n`;
    lines += line;
    sums += lineSum(line);
  }
  const opening = sealOpening(head.seq + 1, seq, sums);
  const mac = blockMac(secret, head.mac).update(lines).update(opening).digest("hex");
  return { text: `${lines}${opening},"mac":"${mac}"}}\n`, head: { seq, mac } };
}

/** The mac of a block, to be fed with its lines and the opening of its seal. */
export function blockMac(secret: Uint8Array, previous: string): Hmac {
  return createHmac("sha256", secret).update(`block\n${previous}\n`);
}

/** A seal's text up to its mac. */
export function sealOpening(from: number, to: number, sums: string): string {
  return `{"seal":{"from":${from},"to":${to},"sums":"${sums}"`;
}

/** The checksum of a line with its line end, as seals have it. */
export function lineSum(line: string | Uint8Array): string {
  return crc32(line).toString(16).padStart(8, "0");
}

const SEAL = /^\{"seal":\{"from":(\d{1,15}),"to":(\d{1,15}),"sums":"([0-9a-f]*)","mac":"([0-9a-f]{64})"\}\}$/;

/** A line as a seal, or undefined when it is none. */
export function sealOf(line: string): Seal | undefined {
  const match = SEAL.exec(line);
  if (match === null) return undefined;
  const [, from, to, sums = "", mac = ""] = match;
  return { from: Number(from), to: Number(to), sums, mac };
}

/** A line that is sealed by itself, as format 1 has it. */
export interface SealedLine extends AuditHead {
  /** The line without its mac. */
  readonly content: string;
}

const SEALED_LINE = /^(\{"seq":(\d{1,15}),.*),"mac":"([0-9a-f]{64})"\}$/;

/** A line of format 1, or undefined when it is none. */
export function sealedLineOf(line: string): SealedLine | undefined {
  const match = SEALED_LINE.exec(line);
  if (match === null) return undefined;
  const [, content = "", seq, mac = ""] = match;
  return { content: `${content}}`, seq: Number(seq), mac };
}

/** The mac of a line of format 1; the text's characters stand for bytes. */
export function lineMac(secret: Uint8Array, previous: string, content: string): string {
  return createHmac("sha256", secret).update(previous).update("\n").update(content, "latin1").digest("hex");
}

/** Where the log ends, as the file beside it says; only the holder of the secret can make one. */
export function headText(secret: Uint8Array, { seq, mac }: AuditHead): string {
  const check = headCheck(secret, { seq, mac });
  // Always of one length, so that it can be replaced in its place by one write.
  return `${JSON.stringify({ format: 2, seq, mac, check }).padEnd(HEAD_LENGTH - 1)}\n`;
}

const HEAD_LENGTH = 256;

/** What a head file says; `format` 1 had no check. Undefined when it says nothing that can be trusted. */
export function headOf(secret: Uint8Array, text: string): (AuditHead & { readonly format: 1 | 2 }) | undefined {
  try {
    const { format, seq, mac, check } = JSON.parse(text) as Record<string, unknown>;
    if (typeof seq !== "number" || typeof mac !== "string" || !/^[0-9a-f]{64}$/.test(mac)) return undefined;
    if (format === 1) return { format, seq, mac };
    if (format !== 2 || typeof check !== "string" || !sameMac(check, headCheck(secret, { seq, mac }))) return undefined;
    return { format, seq, mac };
  } catch {
    return undefined;
  }
}

/** Whether two macs are the same, in a time that does not tell where they differ. */
export function sameMac(one: string, other: string): boolean {
  return one.length === other.length && timingSafeEqual(Buffer.from(one), Buffer.from(other));
}

function headCheck(secret: Uint8Array, { seq, mac }: AuditHead): string {
  return createHmac("sha256", secret).update(`head\n${seq}\n${mac}`).digest("hex");
}
