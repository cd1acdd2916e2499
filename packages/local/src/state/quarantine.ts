import { mkdirSync, renameSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";

/** A file of the state folder that could not be read and was moved aside. */
export interface Quarantined {
  /** Where it was, relative to the state folder. */
  file: string;
  /** Where it is now, relative to the state folder. */
  movedTo: string;
  /** What was wrong with it. */
  reason: string;
}

/** Keeps what cannot be read, under `quarantine/`, and remembers it for a warning. */
export class Quarantine {
  readonly entries: Quarantined[] = [];

  constructor(
    private readonly root: string,
    private readonly now: () => Date,
  ) {}

  /** Moves a file of the state folder aside. */
  take(file: string, reason: string): void {
    this.entries.push({ file: relative(this.root, file), movedTo: relative(this.root, this.moveAside(file)), reason });
  }

  private moveAside(file: string): string {
    const stamp = this.now().toISOString().replaceAll(":", "-");
    const place = join(this.root, "quarantine", stamp, dirname(relative(this.root, file)), basename(file));
    mkdirSync(dirname(place), { recursive: true });
    renameSync(file, place);
    return place;
  }
}
