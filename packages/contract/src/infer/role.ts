import { parseNumber } from "../number-grammar";
import { isFreeText, isNumeric } from "./column";
import type { FindingCode } from "./finding";
import type { Profile } from "./profile";
import { spellingKey } from "./truth";
import { namesAnIdentifier } from "./words";

/** From this area under the curve on, one column alone is taken for the answer in disguise. */
export const LEAK = 0.98;
/** From here on it is pointed out. */
export const SUSPICIOUS = 0.95;
/** Fewer rows prove nothing about leaks or identifiers. */
const FEW_ROWS = 20;

/** From this share of different values on, a column's values are one a row, up to repeated rows. */
export const UNIQUE = 0.99;

/** Why a column is no feature: the finding's code, the reason in words, and its facts. */
export interface LeftOut {
  readonly code: FindingCode;
  readonly reason: string;
  readonly facts: Readonly<Record<string, unknown>>;
}

/** Reasons that lie in the column itself. */
export function leftOutByContent(profile: Profile): LeftOut | undefined {
  const { values, present, texts, markers } = profile;
  const distinct = values.size;
  if (present === 0) return leftOut("left_out_empty", "it has no value in any row", { rows: texts.length });
  if (distinct === 1) {
    const only = JSON.stringify([...values.keys()][0]);
    const rest = markers.size > 0 ? " wherever it has one" : " in every row";
    return leftOut("left_out_constant", `it has the value ${only}${rest}`, { distinct });
  }
  const identifier = namesAnIdentifier(profile.name);
  if (!identifier && isRowNumber(profile)) return leftOut("left_out_row_number", "it numbers the rows", { distinct });
  if (!identifier && !isNumeric(profile) && numbersInDisguise(profile)) {
    const example = JSON.stringify([...values.keys()].find((text) => parseNumber(text) === undefined));
    const reason = `its values look like numbers with separators, signs or units, such as ${example}; write plain numbers`;
    return leftOut("left_out_text", reason, { distinct });
  }
  if (texts.length >= FEW_ROWS && isIdentifier(profile, identifier)) {
    const unique = distinct >= UNIQUE * present;
    const why = unique ? "it identifies rows:" : "it is named like an identifier and has";
    return leftOut("left_out_id", `${why} ${distinct} different values in ${present} rows`, { distinct, present });
  }
  if (profile.dates > 0.9 * present)
    return leftOut("left_out_date", "it is a date, and a model learns durations, not dates", { dates: profile.dates });
  if (!isNumeric(profile) && isFreeText(profile)) {
    return leftOut("left_out_text", `it is free text: ${distinct} different values in ${present} rows`, {
      distinct,
      present,
    });
  }
  return undefined;
}

/** Whether a column says the same as the target, value by value. */
export function duplicatesTarget(profile: Profile, target: Profile): boolean {
  if (target.values.size < 2 || target.texts.length < 8) return false;
  const partner = new Map<string, string>();
  const taken = new Map<string, string>();
  for (const [row, text] of profile.texts.entries()) {
    const [mine, answer] = [spellingKey(text), spellingKey(target.texts[row] ?? "")];
    if (target.markers.has(target.texts[row] ?? "")) continue;
    if ((partner.get(mine) ?? answer) !== answer || (taken.get(answer) ?? mine) !== mine) return false;
    partner.set(mine, answer);
    taken.set(answer, mine);
  }
  return partner.size > 1;
}

function isIdentifier(profile: Profile, named: boolean): boolean {
  const { values, present } = profile;
  const unique = values.size >= UNIQUE * present;
  if (named && values.size > 50 && values.size > 0.05 * present) return true;
  if (!unique) return false;
  if (!isNumeric(profile)) return true;
  if (profile.whole !== profile.numeric) return false;
  const dense = profile.maximum - profile.minimum + 1 <= 1.1 * present;
  const sameLength = profile.minimum >= 100_000 && String(profile.minimum).length === String(profile.maximum).length;
  return named || dense || sameLength;
}

/** Each row one more than the row before. */
function isRowNumber({ texts, values, whole }: Profile): boolean {
  if (texts.length < 3 || values.size !== texts.length || whole !== texts.length) return false;
  return texts.every((text, row) => row === 0 || Number(text) === Number(texts[row - 1]) + 1);
}

/** Amounts such as `1.234,5`, `$12.50` or `37 %`: many different ones, and not just codes that end in digits. */
function numbersInDisguise({ values }: Profile): boolean {
  const texts = [...values.keys()].slice(0, 500);
  const like = texts.filter((text) => /^[$€£¥]?\s*[+-]?\d+([.,' ]\d+)*\s*[%$€£¥]?$/.test(text)).length;
  return texts.length > 10 && like > 0.8 * texts.length;
}

function leftOut(code: FindingCode, reason: string, facts: Record<string, unknown>): LeftOut {
  return { code, reason, facts };
}
