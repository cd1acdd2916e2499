import type { Column, ColumnSpec } from "../columns";
import { type Contract, contractFrom, type Target } from "../contract";
import type { CsvSource } from "../csv/source";
import { DataSetError } from "../errors";
import { listed } from "../text";
import { inferColumn } from "./column";
import type { Finding } from "./finding";
import { leakOf } from "./leak";
import { contractMarkers, markerFindings, missingTexts } from "./markers";
import { type Profile, profileOf } from "./profile";
import { leftOutByContent, UNIQUE } from "./role";
import { readSample, type Sample } from "./table";
import { type InferredTarget, inferTarget } from "./target";
import { namesACustomer, wordsOf } from "./words";

/** What a person knows about a file that inference cannot. */
export interface InferOptions {
  /** The column to predict. */
  readonly target: string;
  /** The target's text that means the event. @default chosen by its meaning, else the larger number, else the rarer value */
  readonly positive?: string;
  /** @default two values make a binary target, more than ten numbers a regression */
  readonly kind?: Target["kind"];
  /** Columns that identify a row. @default a column that is unique and named after a customer or account, if there is one */
  readonly id?: readonly string[];
  /** Columns to use as features although inference would leave them out. @default none */
  readonly keep?: readonly string[];
  /** The contract's name. @default the target's words, joined by hyphens */
  readonly name?: string;
  /** How messages call the file. @default "The file" */
  readonly file?: string;
  /** Rows to look at. @default the first 200,000 */
  readonly maximumRows?: number;
}

/** A contract made from data, and everything noticed on the way. */
export interface Inferred {
  readonly contract: Contract;
  readonly findings: readonly Finding[];
  /** Rows looked at. */
  readonly rows: number;
}

/**
 * Makes a contract from a CSV: separator, types, ranges with slack, categories, missing markers. Columns that identify
 * rows, give the answer away, or cannot be used are left out, each with a finding that says why.
 *
 * @throws {@link DataSetError} when the file or its target cannot be used: `file_empty`, `file_binary`, `not_utf8`,
 *   `header_duplicate`, `column_missing`, `no_rows`, `target_empty`, `target_one_class`, `target_unknown`, `no_features`.
 */
export async function inferContract(source: CsvSource, options: InferOptions): Promise<Inferred> {
  const { target: targetName, id = [], keep = [], file = "The file", maximumRows = 200_000 } = options;
  const needed = [targetName, ...id, ...keep];
  const sample = await readSample(source, { name: file, maximumRows, needed });
  const missing = missingTexts(sample.columns);
  const profiles = sample.header.map((name, index) => profileOf(name, sample.columns[index] ?? [], missing));
  const targetProfile = profiles[sample.header.indexOf(targetName)] as Profile;
  const answer = inferTarget(targetProfile, { ...options, file });

  const draft: Draft = {
    columns: [],
    ids: [...id],
    ignored: [],
    findings: [...fileFindings(sample, file), ...answer.findings],
  };
  const setting = { answer, target: targetProfile, keep: new Set(keep), chooseId: id.length === 0 };
  for (const profile of profiles) {
    if (profile.name === targetName || id.includes(profile.name)) continue;
    place(profile, draft, setting);
  }
  if (draft.columns.length === 0) {
    const message = `${file}: no column is left to learn from. Left out: ${listed(draft.ignored, 25)}. Name one with --keep.`;
    throw new DataSetError("no_features", message, { ignored: draft.ignored });
  }
  const used = new Set([...draft.columns.map((column) => column.name), targetName]);
  const read = profiles.filter((profile) => used.has(profile.name));
  draft.findings.push(...markerFindings(missing, read, targetName));
  const contract = contractOf(draft, answer, contractMarkers(missing, read), options);
  return { contract, findings: draft.findings, rows: sample.rows };
}

interface Draft {
  readonly columns: Column[];
  readonly ids: string[];
  readonly ignored: string[];
  readonly findings: Finding[];
}

interface Setting {
  readonly answer: InferredTarget;
  readonly target: Profile;
  readonly keep: ReadonlySet<string>;
  readonly chooseId: boolean;
}

/** Gives one column its role. */
function place(profile: Profile, draft: Draft, { answer, target, keep, chooseId }: Setting): void {
  const { name } = profile;
  if (name === "" || name === "__proto__") {
    const message = "A column without a usable name is left out. Give it a name in the header to use it.";
    draft.findings.push({ code: "left_out_unnamed", column: name, message, facts: {} });
    return;
  }
  const leftOut = leftOutByContent(profile) ?? leakOf(profile, target, answer);
  if (leftOut === undefined || leftOut.code === "suspicious" || (keep.has(name) && profile.present > 0)) {
    const { spec, findings } = inferColumn(profile);
    draft.columns.push({ ...spec, name } as Column);
    draft.findings.push(...findings);
    if (leftOut === undefined) return;
    const code = leftOut.code === "suspicious" ? "suspicious" : "kept";
    const message = `${name}: ${leftOut.reason}; it is used ${code === "kept" ? "as asked" : "all the same: check that it is known before the outcome"}.`;
    draft.findings.push({ code, column: name, message, facts: leftOut.facts });
    return;
  }
  const unique = leftOut.code === "left_out_id" && profile.values.size >= UNIQUE * profile.texts.length;
  if (unique && chooseId && draft.ids.length === 0 && namesACustomer(name)) {
    draft.ids.push(name);
    const message = `${name}: ${leftOut.reason}; taken as the id: no feature, and a repeated one is quarantined.`;
    draft.findings.push({ code: "taken_as_id", column: name, message, facts: leftOut.facts });
    return;
  }
  draft.ignored.push(name);
  const message = `${name}: left out, because ${leftOut.reason}. Use it all the same with --keep ${quotedArgument(name)}.`;
  draft.findings.push({ code: leftOut.code, column: name, message, facts: leftOut.facts });
}

function contractOf(
  draft: Draft,
  { target }: InferredTarget,
  missing: readonly string[],
  { name }: InferOptions,
): Contract {
  return contractFrom({
    format: 1,
    name:
      name ??
      (wordsOf(target.column)
        .join("-")
        .replace(/[^a-z0-9-]/g, "")
        .slice(0, 63) ||
        "data"),
    missing,
    id: draft.ids,
    ignore: draft.ignored,
    target,
    columns: draft.columns,
    segments: draft.columns
      .filter(isSegment)
      .slice(0, 3)
      .map((column) => column.name),
  });
}

function isSegment(column: ColumnSpec): boolean {
  return column.type === "boolean" || (column.type === "category" && column.categories.length <= 6);
}

function fileFindings(sample: Sample, file: string): Finding[] {
  const findings: Finding[] = [];
  if (sample.ragged > 0) {
    const message = `${file}: ${sample.ragged} rows have another number of fields than the header; they will be quarantined.`;
    findings.push({ code: "ragged_rows", message, facts: { rows: sample.ragged } });
  }
  if (sample.cut) {
    const message = `${file}: only the first ${sample.rows} rows were looked at; a later one may have values outside what they show.`;
    findings.push({ code: "sampled", message, facts: { rows: sample.rows } });
  }
  return findings;
}

function quotedArgument(name: string): string {
  return /^[\w.-]+$/.test(name) ? name : `'${name.replaceAll("'", "'\\''")}'`;
}
