import type { ColumnSpec } from "../columns";
import { listed } from "../text";
import type { Finding } from "./finding";
import type { Profile } from "./profile";
import { suggestedRange } from "./range";
import { truthOf } from "./truth";
import { namesACount } from "./words";

/** From this share of numbers on a column is numeric, and what is no number in it is a mistake. */
const NUMERIC_SHARE = 0.95;
/** More categories than this are text. */
const MOST_CATEGORIES = 100;
/** Whole numbers that reach this are more often amounts that happen to be round than counts. */
const LARGEST_COUNT = 10_000;

/** Whether a column is numbers, apart from mistakes. */
export function isNumeric(profile: Profile): boolean {
  return profile.present > 0 && profile.numeric >= NUMERIC_SHARE * profile.present;
}

/** Whether a text column has too many different values to be a closed list. */
export function isFreeText({ values, present }: Profile): boolean {
  if (values.size > MOST_CATEGORIES) return true;
  return values.size > 20 && present < 10 * values.size;
}

/** The column a profile suggests, and what a person should know about it. */
export function inferColumn(profile: Profile): { spec: ColumnSpec; findings: Finding[] } {
  const yesNo = booleanOf(profile);
  if (yesNo !== undefined) return { spec: yesNo, findings: [] };
  return isNumeric(profile) ? numericColumn(profile) : categoryColumn(profile);
}

function booleanOf({ name, values }: Profile): ColumnSpec | undefined {
  const texts = [...values.keys()];
  const yes = texts.filter((text) => truthOf(text) === true);
  const no = texts.filter((text) => truthOf(text) === false);
  if (yes.length === 0 || no.length === 0 || yes.length + no.length !== texts.length) return undefined;
  const digits = texts.every((text) => /^[01](\.0)?$/.test(text));
  return digits && namesACount(name) ? undefined : { type: "boolean", true: yes, false: no };
}

function numericColumn(profile: Profile): { spec: ColumnSpec; findings: Finding[] } {
  const { name, present, numeric, whole, values } = profile;
  const type = whole === numeric && profile.maximum < LARGEST_COUNT ? "integer" : "number";
  const spec: ColumnSpec = { type, ...suggestedRange(profile) };
  if (numeric === present) return { spec, findings: [] };
  const odd = [...values.keys()].filter((text) => !Number.isFinite(Number(text)));
  const message = `${name}: ${present - numeric} of ${present} values are no numbers, such as ${listed(odd, 3)}. Their rows will be quarantined. If these texts mean "no value", add them to "missing".`;
  return { spec, findings: [{ code: "odd_values", column: name, message, facts: { count: present - numeric, odd } }] };
}

function categoryColumn(profile: Profile): { spec: ColumnSpec; findings: Finding[] } {
  const { name, values, present } = profile;
  const categories = [...values.keys()].sort((a, b) => (a < b ? -1 : 1));
  const singles = [...values.values()].filter((count) => count === 1).length;
  const findings = similarCategories(name, categories);
  if (singles / present <= 0.001) return { spec: { type: "category", categories, unknown: "refuse" }, findings };
  // Good-Turing: the share of rows with a category never seen before is about the share of categories seen once.
  const percent = ((100 * singles) / present).toFixed(1);
  const message = `${name}: ${singles} of ${categories.length} categories occur once, so about ${percent} % of new rows will have another one. Unknown categories are accepted and count as none of the known.`;
  findings.push({ code: "open_category", column: name, message, facts: { singles, categories: categories.length } });
  return { spec: { type: "category", categories, unknown: "ignore" }, findings };
}

function similarCategories(name: string, categories: readonly string[]): Finding[] {
  const groups = new Map<string, string[]>();
  for (const text of categories) {
    const key = text.toLowerCase().replace(/[\s_-]+/g, " ");
    groups.set(key, [...(groups.get(key) ?? []), text]);
  }
  return [...groups.values()]
    .filter((group) => group.length > 1)
    .map((group) => ({
      code: "similar_categories" as const,
      column: name,
      message: `${name}: ${listed(group)} differ only in case or spacing and are kept apart. Make them one in the data if they mean the same.`,
      facts: { group },
    }));
}
