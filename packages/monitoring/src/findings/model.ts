import type { ModelShare } from "../window";
import type { Finding } from "./finding";

/** Which model a report is about. */
export interface ReportedModel {
  /** Name of the model group. */
  readonly name: string;
  /** When the version that answers now gave its first prediction. @default the first prediction of the window */
  readonly since?: string;
}

/** The model that answered most, as findings name it. */
export function modelOf({ name, since }: ReportedModel, shares: readonly ModelShare[]): Finding["model"] {
  const [most] = [...shares].sort((a, b) => b.rows - a.rows);
  if (most === undefined) return { name, ...(since === undefined ? {} : { since: moment(since) }) };
  return { name, version: most.modelVersion, since: moment(since ?? most.first) };
}

/** ISO 8601 in UTC, whatever form the moment came in. */
export function moment(text: string): string {
  return new Date(text).toISOString();
}

/** `0.31`, as people read it. */
export function shown(value: number, digits = 2): string {
  return value.toFixed(digits);
}

/** `21 %`. */
export function percent(share: number): string {
  return `${(share * 100).toFixed(share > 0 && share < 0.1 ? 1 : 0)} %`;
}
