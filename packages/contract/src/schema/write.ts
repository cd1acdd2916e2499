import type { ColumnJson, ContractJson } from "./format";

/** Copies a contract with every member in its fixed place, so that equal contracts have equal bytes. */
export function toJson(contract: ContractJson): ContractJson {
  return compact({
    format: contract.format,
    name: contract.name,
    csv: contract.csv && { delimiter: contract.csv.delimiter },
    missing: [...contract.missing],
    id: [...contract.id],
    ignore: [...contract.ignore],
    target: targetJson(contract.target),
    columns: contract.columns.map(columnJson),
    segments: [...contract.segments],
  });
}

/** The bytes of contract.json: two-space indented JSON with a final newline. */
export function contractJson(contract: { toJSON(): ContractJson }): string {
  return `${JSON.stringify(contract.toJSON(), null, 2)}\n`;
}

function targetJson(target: ContractJson["target"]): ContractJson["target"] {
  const { column, kind } = target;
  if (target.kind === "binary") {
    return { column, kind: target.kind, positive: [...target.positive], negative: [...target.negative] };
  }
  return compact({ column, kind, minimum: target.minimum, maximum: target.maximum }) as ContractJson["target"];
}

function columnJson(column: ColumnJson): ColumnJson {
  const { name, description, required, impute, changeable } = column;
  const described = { description, required, impute, changeable };
  if (column.type === "category") {
    const { type, categories, unknown } = column;
    return compact({ name, type, categories: [...categories], unknown, ...described });
  }
  if (column.type === "boolean") {
    return compact({ name, type: column.type, true: [...column.true], false: [...column.false], ...described });
  }
  const { type, minimum, maximum, unit } = column;
  return compact({ name, type, minimum, maximum, unit, ...described });
}

/** Drops members that are undefined; JSON would drop them too, but `toJSON()` results are compared as objects. */
function compact<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as T;
}
