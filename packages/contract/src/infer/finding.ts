/** Something that inference noticed or decided, so that a person can check it. */
export interface Finding {
  /** Stable: `left_out_leak`, `taken_as_id`, `target_positive`, … */
  readonly code: FindingCode;
  /** The column it is about; absent when it is about the file. */
  readonly column?: string;
  /** What was seen, what was decided, and how to overrule it. */
  readonly message: string;
  readonly facts: Readonly<Record<string, unknown>>;
}

/** Kinds of findings; those that start with `left_out_` name a column that is no feature. */
export type FindingCode =
  | "left_out_row_number"
  | "left_out_id"
  | "left_out_leak"
  | "left_out_text"
  | "left_out_date"
  | "left_out_constant"
  | "left_out_empty"
  | "left_out_unnamed"
  | "taken_as_id"
  | "kept"
  | "suspicious"
  | "target_positive"
  | "missing_markers"
  | "marker_as_category"
  | "odd_values"
  | "open_category"
  | "similar_categories"
  | "ragged_rows"
  | "sampled";
