import { createHash } from "node:crypto";
import {
  closeSync,
  existsSync,
  fstatSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { crc32 } from "node:zlib";

/** How far scoring a file has come, such that going on from here gives the same bytes. */
export interface ScoringPoint {
  /** Where the next task starts in the input, and the line it starts on. */
  readonly position: number;
  readonly line: number;
  readonly scored: number;
  readonly quarantined: number;
  readonly byCode: Readonly<Record<string, number>>;
  /** Bytes of the two outputs that belong to it, and their checksums. */
  readonly output: FilePoint;
  readonly quarantine: FilePoint;
  /** Checksum of the input before `position`. */
  readonly inputChecksum: number;
  /** What a Parquet writer has to remember of its row groups. */
  readonly parquet?: string;
}

/** A prefix of a file. */
export interface FilePoint {
  readonly bytes: number;
  readonly checksum: number;
}

/** The sidecar beside an unfinished output. */
interface Checkpoint {
  readonly format: 2;
  /** Digest of everything that the output depends on besides the rows: model, file, formats. */
  readonly work: string;
  readonly point: ScoringPoint;
}

/** What the work of a sidecar is told from: any difference means starting again. */
export function workDigest(facts: { file: string; output: string; predictor: Uint8Array; contract: string }): string {
  const { size, mtimeMs, ino } = statSync(facts.file);
  const text = JSON.stringify([1, size, mtimeMs, ino, facts.output, facts.contract]);
  return createHash("sha256").update(text).update(facts.predictor).digest("hex");
}

/** Writes the sidecar, whole or not at all. */
export function saveCheckpoint(file: string, work: string, point: ScoringPoint): void {
  const checkpoint: Checkpoint = { format: 2, work, point };
  writeFileSync(`${file}.new`, `${JSON.stringify(checkpoint)}\n`);
  renameSync(`${file}.new`, file);
}

/**
 * The point from which an interrupted run can go on: its sidecar is of the same work, and the input and both outputs still
 * hold the bytes that were there then. "changed" when there is a sidecar and any of that does not hold.
 */
export function loadCheckpoint(
  file: string,
  work: string,
  files: { output: string; quarantine: string; inputChecksum(position: number): number },
): ScoringPoint | "changed" | undefined {
  const checkpoint = readCheckpoint(file);
  if (checkpoint === undefined) return undefined;
  if (checkpoint.format !== 2 || checkpoint.work !== work) return "changed";
  const { point } = checkpoint;
  const kept = holds(files.output, point.output) && holds(files.quarantine, point.quarantine);
  return kept && files.inputChecksum(point.position) === point.inputChecksum ? point : "changed";
}

function readCheckpoint(file: string): Checkpoint | undefined {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as Checkpoint;
  } catch {
    // There is none, or it is not ours: then nothing can be gone on with.
    return undefined;
  }
}

const PIECE_BYTES = 1 << 20;

function holds(file: string, { bytes, checksum }: FilePoint): boolean {
  if (!existsSync(file)) return false;
  const descriptor = openSync(file, "r");
  try {
    if (fstatSync(descriptor).size < bytes) return false;
    const piece = Buffer.allocUnsafe(PIECE_BYTES);
    let sum = 0;
    for (let at = 0; at < bytes; ) {
      const read = readSync(descriptor, piece, 0, Math.min(PIECE_BYTES, bytes - at), at);
      if (read === 0) return false;
      sum = crc32(piece.subarray(0, read), sum);
      at += read;
    }
    return sum === checksum;
  } finally {
    closeSync(descriptor);
  }
}
