import { constants, copyFileSync, linkSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { CliError } from "../errors";
import { exitCodes } from "../exit-codes";
import { unwritable } from "./errors";

/** Who holds a lock. A process number alone would not do: it is given again to another process one day. */
interface Holder {
  readonly pid: number;
  readonly host: string;
  /** When the process began, in the system's own count; empty where the system does not tell. */
  readonly began: string;
  readonly since: string;
}

const ATTEMPTS = 20;

/**
 * Takes the lock of an output, so that no other process writes it at the same time. A lock whose process has died is taken
 * over. Gives back what releases it.
 *
 * @throws CliError `output_locked` when another process has it; `output_unwritable`, `disk_full`
 */
export function lockOutput(out: string, now: () => number): () => void {
  const lock = `${out}.lock`;
  const own = `${lock}.${process.pid}`;
  const holder: Holder = { pid: process.pid, host: hostname(), began: began(process.pid), since: iso(now()) };
  try {
    writeFileSync(own, JSON.stringify(holder));
    for (let attempt = 0; !linked(own, lock); attempt += 1) {
      const text = textOf(lock);
      if (text === undefined) continue;
      const other = holderOf(text);
      if (attempt === ATTEMPTS || other === undefined || isAlive(other)) throw locked(out, lock, other);
      takeAway(lock, text, own);
    }
  } catch (error) {
    if (!(error instanceof CliError)) throw unwritable(out, error);
    rmSync(own, { force: true });
    throw error;
  }
  rmSync(own, { force: true });
  return () => rmSync(lock, { force: true });
}

/** A link never replaces: of two processes that take the lock at once, one has it. */
function linked(own: string, lock: string): boolean {
  for (const make of [linkSync, copyOnce]) {
    try {
      make(own, lock);
      return true;
    } catch (error) {
      const { code = "" } = error as NodeJS.ErrnoException;
      if (code === "EEXIST") return false;
      // Some file systems have no links.
      if (make === copyOnce || !["EPERM", "ENOTSUP", "ENOSYS", "EMLINK"].includes(code)) throw error;
    }
  }
  return false;
}

function copyOnce(from: string, to: string): void {
  copyFileSync(from, to, constants.COPYFILE_EXCL);
}

/** Removes a dead process's lock, and puts back one that a living process has made of it in the meantime. */
function takeAway(lock: string, text: string, own: string): void {
  const aside = `${own}.dead`;
  try {
    renameSync(lock, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return;
    throw error;
  }
  if (textOf(aside) !== text) linked(aside, lock);
  rmSync(aside, { force: true });
}

function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

function holderOf(text: string): Holder | undefined {
  try {
    const holder = JSON.parse(text) as Holder;
    return Number.isInteger(holder?.pid) && holder.pid > 0 ? holder : undefined;
  } catch {
    // Somebody else's file: nothing says that it may go.
    return undefined;
  }
}

function isAlive({ pid, host, began: then }: Holder): boolean {
  if (host !== hostname()) return true;
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
  return began(pid) === then;
}

/** When a process began, as Linux tells it: the 22nd field of its stat, counted behind its name. */
function began(pid: number): string {
  const stat = textOf(`/proc/${pid}/stat`) ?? "";
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? "";
}

function iso(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}

function locked(out: string, lock: string, holder: Holder | undefined): CliError {
  const elsewhere = holder !== undefined && holder.host !== hostname() ? ` on ${holder.host}` : "";
  const [message, fix] =
    holder === undefined
      ? [`${lock} is there, and no run has made it`, `look at it; once nothing needs it: rm ${lock}`]
      : [
          `process ${holder.pid}${elsewhere} has been scoring into it since ${holder.since}`,
          elsewhere === ""
            ? "wait for it, or name another file with --out"
            : `wait for it; if that machine is gone: rm ${lock}`,
        ];
  return new CliError({ code: "output_locked", subject: out, message, fix, exitCode: exitCodes.environment });
}
