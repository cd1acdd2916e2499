import { ServingError } from "../errors";

/** Some of the records that a sink was given could not be stored. Code `records_lost`. */
export class RecordsLostError extends ServingError {
  /** How many; the others are stored. */
  readonly lost: number;

  constructor(lost: number, cause: unknown) {
    super("records_lost", `${lost} captured records could not be stored.`, { cause });
    this.lost = lost;
  }
}
