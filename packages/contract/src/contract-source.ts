import type { Contract } from "./contract";
import { DEFAULT_MISSING } from "./contract";
import type { ColumnJson, ContractJson } from "./schema/format";

/**
 * A contract as a readable TypeScript file, for people to edit: `export const NAME = defineContract({ … })`.
 *
 * @param options.export name of the exported constant. @default "contract"
 * @param options.header lines of comment at the top. @default none
 */
export function contractSource(
  contract: Contract,
  options: { readonly export?: string; readonly header?: readonly string[] } = {},
): string {
  const json = contract.toJSON();
  const columns = json.columns.map((column) => `    ${key(column.name)}: ${columnCall(column)},`);
  const builders = ["boolean", "category", "defineContract", "integer", "number"].filter(
    (name) => name === "defineContract" || json.columns.some((column) => column.type === name),
  );
  const lines = [
    ...(options.header ?? []).map((line) => `// ${line}`.trimEnd()),
    `import { ${builders.join(", ")} } from "@sagewright/contract";`,
    "",
    `export const ${options.export ?? "contract"} = defineContract({`,
    `  name: ${text(json.name)},`,
    ...(json.csv === undefined ? [] : [`  csv: { delimiter: ${text(json.csv.delimiter)} },`]),
    ...(sameTexts(json.missing, DEFAULT_MISSING) ? [] : [`  missing: ${list(json.missing, 2)},`]),
    ...(json.id.length === 0 ? [] : [`  id: ${list(json.id, 2)},`]),
    ...(json.ignore.length === 0 ? [] : [`  ignore: ${list(json.ignore, 2)},`]),
    `  target: ${targetText(json.target)},`,
    "  columns: {",
    ...columns,
    "  },",
    ...(json.segments.length === 0 ? [] : [`  segments: ${list(json.segments, 2)},`]),
    "});",
  ];
  return `${lines.join("\n")}\n`;
}

function columnCall({ name: _, type, ...column }: ColumnJson): string {
  if (type === "category") {
    const { categories, unknown, ...rest } = column as Extract<ColumnJson, { type: "category" }>;
    const options = record({ ...(unknown === "ignore" ? { unknown } : {}), ...rest, name: undefined, type: undefined });
    return `category(${list(categories, 4)}${options === "{}" ? "" : `, ${options}`})`;
  }
  const options = record(column);
  return `${type}(${options === "{}" ? "" : options})`;
}

function targetText(target: ContractJson["target"]): string {
  if (target.kind === "regression") return record(target);
  return record({ column: target.column, positive: one(target.positive), negative: one(target.negative) });
}

function one(texts: readonly string[]): string | readonly string[] {
  return texts.length === 1 ? (texts[0] ?? "") : texts;
}

function record(members: object): string {
  const parts = Object.entries(members)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${key(name)}: ${literal(value)}`);
  return parts.length === 0 ? "{}" : `{ ${parts.join(", ")} }`;
}

function literal(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map((item) => literal(item)).join(", ")}]`;
  return typeof value === "object" && value !== null ? record(value) : text(value);
}

const WIDTH = 120;

/** A list on one line where it fits, else wrapped to the line width. */
function list(texts: readonly string[], indent: number): string {
  const line = `[${texts.map(text).join(", ")}]`;
  if (line.length <= 80) return line;
  const pad = " ".repeat(indent + 2);
  const rows: string[] = [];
  for (const item of texts.map((each) => `${text(each)},`)) {
    const last = rows.at(-1);
    if (last !== undefined && last.length + 1 + item.length <= WIDTH) rows[rows.length - 1] = `${last} ${item}`;
    else rows.push(`${pad}${item}`);
  }
  return `[\n${rows.join("\n")}\n${" ".repeat(indent)}]`;
}

function key(name: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(name) ? name : text(name);
}

/** A JSON literal that is also safe in source: the two line separators that JSON leaves alone are escaped. */
function text(value: unknown): string {
  return JSON.stringify(value).replace(/[\u2028\u2029\ufeff]/g, (c) => `\\u${c.charCodeAt(0).toString(16)}`);
}

function sameTexts(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((item, index) => item === b[index]);
}
