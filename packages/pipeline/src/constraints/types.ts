const names: Readonly<Record<string, string>> = {
  structure: "an object",
  map: "an object",
  list: "a list",
  string: "text",
  integer: "a whole number",
  long: "a whole number",
  float: "a number",
  double: "a number",
  boolean: "true or false",
  timestamp: "a time",
};

/** A type of the service model in words, with its article. */
export function nameOfType(type: string): string {
  return names[type] ?? type;
}

/** Whether a value has a type of the service model. Bytes are not looked at: clients hold them in many forms. */
export function hasType(type: string, value: unknown): boolean {
  switch (type) {
    case "structure":
    case "map":
      return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Date);
    case "list":
      return Array.isArray(value);
    case "string":
      return typeof value === "string";
    case "integer":
    case "long":
      return typeof value === "number" && Number.isInteger(value);
    case "float":
    case "double":
      return typeof value === "number";
    case "boolean":
      return typeof value === "boolean";
    case "timestamp":
      return value instanceof Date || typeof value === "number" || typeof value === "string";
    default:
      return true;
  }
}
