import { DEFAULT_MISSING } from "../contract";
import { parseNumber } from "../number-grammar";
import { listed } from "../text";
import type { Finding } from "./finding";
import type { Profile } from "./profile";

/** Texts that people write for "no value" beside the usual markers. */
const MORE_MARKERS = [
  "n/a",
  "na",
  "nan",
  "NULL",
  "Null",
  "NONE",
  "none",
  "unknown",
  "UNKNOWN",
  "#N/A",
  "#NULL!",
  "<NA>",
  "-",
  "--",
  ".",
  "missing",
  "Missing",
];

/** Markers that are also an answer: a customer with no add-on has "None". */
const AMBIGUOUS = ["None", "none", "NONE"];

/** From this share on, "None" in a text column is an answer rather than a gap. */
const ANSWER_SHARE = 0.01;

/**
 * Which texts mean "no value" in a file: the usual markers and their variants, but not a "None" that is common in a text
 * column and appears in no numeric one. Taking such an answer for a gap would impute it away without a word.
 */
export function missingTexts(columns: readonly (readonly string[])[]): ReadonlySet<string> {
  const answers = AMBIGUOUS.filter((marker) => {
    const holders = columns.filter((texts) => texts.includes(marker));
    return holders.length > 0 && holders.every((texts) => isAnswer(marker, texts));
  });
  return new Set([...DEFAULT_MISSING, ...MORE_MARKERS].filter((text) => !answers.includes(text)));
}

/** The markers a contract needs: the usual ones that are markers here, and the others that were seen. */
export function contractMarkers(missing: ReadonlySet<string>, profiles: readonly Profile[]): string[] {
  const seen = new Set(profiles.flatMap(({ markers }) => [...markers.keys()]));
  const usual = DEFAULT_MISSING.filter((text) => missing.has(text));
  return [...usual, ...[...seen].filter((text) => !usual.includes(text)).sort()];
}

/** What was read as missing, and what could have been but was not. */
export function markerFindings(missing: ReadonlySet<string>, profiles: readonly Profile[], target: string): Finding[] {
  const seen = profiles
    .filter(({ name, markers }) => markers.size > 0 && name !== target)
    .map(({ name, markers }) => ({ name, markers: Object.fromEntries(markers) }));
  const findings: Finding[] = [];
  if (seen.length > 0) {
    const texts = [...new Set(seen.flatMap(({ markers }) => Object.keys(markers)))];
    const where = listed(seen.map(({ name }) => name));
    const message = `Read as "no value" and imputed: ${listed(texts)} in ${where}. Edit "missing" in the contract if one of them is an answer.`;
    findings.push({ code: "missing_markers", message, facts: { columns: seen } });
  }
  for (const { name, values } of profiles) {
    const answer = AMBIGUOUS.find((marker) => !missing.has(marker) && values.has(marker));
    if (answer === undefined) continue;
    const message = `${name}: "${answer}" is common and taken for an answer, not for a gap. Add it to "missing" in the contract if it means "no value".`;
    findings.push({ code: "marker_as_category", column: name, message, facts: { count: values.get(answer) } });
  }
  return findings;
}

function isAnswer(marker: string, texts: readonly string[]): boolean {
  const others = texts.filter((text) => text !== "" && text !== marker);
  const numbers = others.filter((text) => parseNumber(text) !== undefined).length;
  return numbers < 0.5 * others.length && texts.length - others.length >= ANSWER_SHARE * texts.length;
}
