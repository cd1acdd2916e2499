import { existsSync, statSync } from "node:fs";
import { CliError, usageError } from "../errors";
import { exitCodes } from "../exit-codes";
import { overwritesInput } from "./errors";

/** The files of one output. */
export interface ScoringPlaces {
  readonly out: string;
  readonly partial: string;
  readonly quarantine: string;
  readonly quarantinePartial: string;
  readonly sidecar: string;
}

/** Where an output and what belongs to it lie. */
export function placesOf(out: string): ScoringPlaces {
  const quarantine = `${out}.quarantine.csv`;
  return {
    ...{ out, partial: `${out}.partial`, quarantine, quarantinePartial: `${quarantine}.partial` },
    sidecar: `${out}.progress.json`,
  };
}

/** Endings of names that promise another format than those that are written. */
const OTHER_FORMATS = /\.(gz|bz2|xz|zst|zip|xlsx?|json|feather|arrow|orc|avro)$/i;

/**
 * Refuses an output that would take the place of something else than an earlier output.
 *
 * @param name how messages call the input
 * @throws CliError `usage`, `output_not_a_file`, `output_is_input`
 */
export function refuseOverwriting(file: string, name: string, places: ScoringPlaces): void {
  const { out } = places;
  const other = OTHER_FORMATS.exec(out);
  if (other !== null) {
    throw usageError(`--out: ${other[0]} is not written`, "name a .csv, .ndjson or .parquet file");
  }
  const { dev, ino } = statSync(file);
  for (const place of Object.values(places)) {
    if (!existsSync(place)) continue;
    const there = statSync(place);
    if (there.dev === dev && there.ino === ino) throw overwritesInput(name, place);
    // A file is put in the place of what has the name now: of a device or a folder it must not be.
    if (!there.isFile()) throw noFile(place);
  }
}

function noFile(place: string): CliError {
  return new CliError({
    code: "output_not_a_file",
    subject: place,
    message: "there is something of that name that is no file",
    fix: "name a file with --out",
    exitCode: exitCodes.usage,
  });
}
