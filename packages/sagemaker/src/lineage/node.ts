/** Kinds of thing that a lineage is made of, from what serves back to what was read. */
export type LineageKind =
  | "endpoint"
  | "endpoint-config"
  | "model"
  | "model-package"
  | "pipeline-execution"
  | "training-job"
  | "tuning-job"
  | "processing-job"
  | "code"
  | "contract"
  | "data"
  | "missing";

/** One thing and what it was made from. */
export interface LineageNode {
  readonly kind: LineageKind;
  readonly name: string;
  readonly arn?: string;
  readonly uri?: string;
  /** Of the content; found in a content address, in what Prepare wrote down, or in the registry. */
  readonly sha256?: string;
  /** Parameters, figures and states, by name. */
  readonly facts: Readonly<Record<string, string>>;
  /** Appears further up with everything it was made from. @default false */
  readonly repeated?: true;
  readonly from: readonly LineageNode[];
}

/** A node for something that is named but not there any more, with the reason. */
export function missing(name: string, why: string): LineageNode {
  return { kind: "missing", name, facts: { why }, from: [] };
}

/** The SHA-256 in a content address, such as `s3://bucket/code/<sha256>/`. */
export function addressedDigest(uri: string): string | undefined {
  return /\/([0-9a-f]{64})(?=\/|\.|$)/.exec(uri)?.[1];
}

/** Facts without the ones that are not known. */
export function facts(given: Readonly<Record<string, string | number | undefined>>): Record<string, string> {
  const known = Object.entries(given).filter(([, value]) => value !== undefined && value !== "");
  return Object.fromEntries(known.map(([name, value]) => [name, String(value)]));
}
