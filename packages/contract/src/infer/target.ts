import type { Target } from "../contract";
import { DataSetError } from "../errors";
import { parseNumber } from "../number-grammar";
import { listed } from "../text";
import type { Finding } from "./finding";
import type { Profile } from "./profile";
import { suggestedRange } from "./range";
import { eventOf, spellingKey } from "./truth";

/** What was found out about the target. */
export interface InferredTarget {
  readonly target: Target;
  readonly findings: readonly Finding[];
  /** Per row: whether it is positive; undefined when the row has no answer or the target is a number. */
  readonly positive: readonly (boolean | undefined)[];
}

/** More numbers than this make a regression. */
const MOST_CLASSES = 10;

/**
 * Reads the target column: two values (in any spelling) make a binary target, many numbers a regression.
 *
 * @throws {@link DataSetError} `target_empty`, `target_one_class`, or `target_unknown` for a third value or a `positive`
 *   that never occurs.
 */
export function inferTarget(
  profile: Profile,
  options: { readonly positive?: string; readonly kind?: Target["kind"]; readonly file: string },
): InferredTarget {
  const { name, values } = profile;
  if (profile.present === 0) {
    const message = `${options.file}: the target ${JSON.stringify(name)} has no value in any row. Give labelled data.`;
    throw new DataSetError("target_empty", message, { column: name });
  }
  const manyNumbers = profile.numeric >= 0.95 * profile.present && values.size > MOST_CLASSES;
  const kind = options.kind ?? (manyNumbers && options.positive === undefined ? "regression" : "binary");
  return kind === "regression" ? regression(profile, options.file) : binary(profile, options);
}

function regression(profile: Profile, file: string): InferredTarget {
  const { name } = profile;
  if (profile.numeric < 0.95 * profile.present) {
    const message = `${file}: the target ${JSON.stringify(name)} is not numeric. A regression needs numbers.`;
    throw new DataSetError("target_unknown", message, { column: name });
  }
  if (profile.minimum === profile.maximum) throw oneClass(profile, file);
  const { minimum } = suggestedRange(profile);
  const target: Target = { column: name, kind: "regression", ...(minimum === 0 ? { minimum } : {}) };
  return { target, findings: [], positive: profile.texts.map(() => undefined) };
}

function binary(profile: Profile, options: { readonly positive?: string; readonly file: string }): InferredTarget {
  const { name, texts } = profile;
  const classes = classesOf(profile);
  const seen = [...profile.values].map(([text, count]) => `${JSON.stringify(text)} (${count})`);
  if (options.positive !== undefined && !classes.some(({ spellings }) => spellings.includes(options.positive ?? ""))) {
    const message = `${options.file}: the positive value ${JSON.stringify(options.positive)} never occurs in ${JSON.stringify(name)}; it has ${seen.slice(0, 6).join(", ")}. Give one of these.`;
    throw new DataSetError("target_unknown", message, { column: name, positive: options.positive });
  }
  if (classes.length === 1) throw oneClass(profile, options.file);
  if (classes.length > 2) {
    const shown = seen.length > 6 ? `${seen.slice(0, 6).join(", ")} and ${seen.length - 6} more` : seen.join(", ");
    const message = `${options.file}: the target ${JSON.stringify(name)} has ${classes.length} values, ${shown}, and two are needed. Remove or correct the rows with the others, or choose another target.`;
    throw new DataSetError("target_unknown", message, { column: name, values: Object.fromEntries(profile.values) });
  }
  const [first, second] = classes as [Class, Class];
  const { positive, why } = choosePositive(first, second, options.positive);
  const negative = positive === first ? second : first;
  const share = positive.count / profile.present;
  const message = `${name}: ${listed(positive.spellings)} is the positive answer (${why}); ${positive.count} of ${profile.present} rows, ${(100 * share).toFixed(1)} %. Give another one with --positive.`;
  const finding: Finding = {
    code: "target_positive",
    column: name,
    message,
    facts: { positive: positive.spellings, negative: negative.spellings, share, why },
  };
  return {
    target: { column: name, kind: "binary", positive: positive.spellings, negative: negative.spellings },
    findings: [finding],
    positive: texts.map((text) => {
      if (positive.spellings.includes(text)) return true;
      return negative.spellings.includes(text) ? false : undefined;
    }),
  };
}

interface Class {
  readonly spellings: string[];
  count: number;
}

function classesOf({ values }: Profile): Class[] {
  const classes = new Map<string, Class>();
  for (const [text, count] of values) {
    const key = spellingKey(text);
    const known = classes.get(key);
    if (known === undefined) classes.set(key, { spellings: [text], count });
    else {
      known.spellings.push(text);
      known.count += count;
    }
  }
  return [...classes.values()];
}

function choosePositive(first: Class, second: Class, asked: string | undefined): { positive: Class; why: string } {
  if (asked !== undefined) return { positive: first.spellings.includes(asked) ? first : second, why: "as asked" };
  const [one, other] = [first, second].map(({ spellings }) => parseNumber(spellings[0] ?? ""));
  if (one !== undefined && other !== undefined) {
    const usual = Math.min(one, other) === 0 && Math.max(one, other) === 1;
    return { positive: one > other ? first : second, why: usual ? "by its meaning" : "the larger number" };
  }
  const [a, b] = [first, second].map(({ spellings }) => eventOf(spellings[0] ?? ""));
  if (a === true && b !== true) return { positive: first, why: "by its meaning" };
  if (b === true && a !== true) return { positive: second, why: "by its meaning" };
  if (a === false && b === undefined) return { positive: second, why: "because the other one means no" };
  if (b === false && a === undefined) return { positive: first, why: "because the other one means no" };
  return { positive: first.count < second.count ? first : second, why: "the rarer value" };
}

function oneClass({ name, values, markers }: Profile, file: string): DataSetError {
  const only = JSON.stringify([...values.keys()][0]);
  const marker = [...markers.keys()].find((text) => text !== "");
  const read = marker === undefined ? "" : ` (${JSON.stringify(marker)} is read as missing)`;
  const remedy = "There is nothing to tell apart: give data with both outcomes.";
  const message = `${file}: the target ${JSON.stringify(name)} has only the value ${only}${read}. ${remedy}`;
  return new DataSetError("target_one_class", message, { column: name });
}
