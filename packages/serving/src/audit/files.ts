import { statSync } from "node:fs";
import { open, readdir, rename } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

/** Where the log's end is kept. */
export function headPath(path: string): string {
  return `${path}.head`;
}

/** Where bytes go that a killed process left at the end of the log without a seal. */
export function tornPath(path: string): string {
  return `${path}.torn`;
}

/** An earlier file of the log, put away whole; its name says which lines it has. */
export interface ClosedFile {
  readonly path: string;
  readonly from: number;
  readonly to: number;
}

/** The earlier files of a log in their order. */
export async function closedFiles(path: string): Promise<readonly ClosedFile[]> {
  const [stem, extension] = parts(path);
  const names = await readdir(dirname(path)).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw error;
  });
  return names
    .flatMap((name): ClosedFile[] => {
      if (!name.startsWith(`${stem}.`) || !name.endsWith(extension)) return [];
      const range = /^(\d{12,15})-(\d{12,15})$/.exec(name.slice(stem.length + 1, name.length - extension.length));
      return range === null ? [] : [{ path: join(dirname(path), name), from: Number(range[1]), to: Number(range[2]) }];
    })
    .sort((a, b) => a.from - b.from || a.to - b.to);
}

/** Puts the log's present file away under the numbers of its lines; the next line begins a new one. */
export async function closeFile(path: string, from: number, to: number): Promise<void> {
  const [stem, extension] = parts(path);
  const name = `${stem}.${digits(from)}-${digits(to)}${extension}`;
  await rename(path, join(dirname(path), name));
}

function parts(path: string): [stem: string, extension: string] {
  const name = basename(path);
  const dot = name.lastIndexOf(".");
  return dot <= 0 ? [name, ""] : [name.slice(0, dot), name.slice(dot)];
}

function digits(seq: number): string {
  return String(seq).padStart(12, "0");
}

/** Size and identity of a file; size 0 when there is none. */
export function statOf(path: string): { readonly size: number; readonly inode: number } {
  const found = statSync(path, { throwIfNoEntry: false });
  return { size: found?.size ?? 0, inode: found?.ino ?? 0 };
}

/** Bytes of a file from a place to its end, one character a byte. */
export async function bytesFrom(path: string, start: number, end: number): Promise<string> {
  const file = await open(path, "r");
  try {
    const bytes = Buffer.alloc(end - start);
    const { bytesRead } = await file.read(bytes, 0, bytes.length, start);
    return bytes.toString("latin1", 0, bytesRead);
  } finally {
    await file.close();
  }
}
