import { ServiceError } from "../../errors";

/**
 * The value at a path such as `$.detail.items[0].name` or `$['detail-type']`; undefined where there is none.
 * @throws ServiceError ValidationException for what is no such path
 */
export function valueAt(path: string, value: unknown): unknown {
  if (!/^\$(\.[^.[\]]+|\[\d+\]|\['[^']*'\])*$/.test(path)) {
    throw new ServiceError("ValidationException", `The JSON path ${path} is not valid, or not emulated: use $.a.b[0].`);
  }
  let found = value;
  for (const [, name, index, quoted] of path.matchAll(/\.([^.[\]]+)|\[(\d+)\]|\['([^']*)'\]/g)) {
    const key = name ?? index ?? quoted ?? "";
    found =
      typeof found === "object" && found !== null && Object.hasOwn(found, key)
        ? (found as Record<string, unknown>)[key]
        : undefined;
  }
  return found;
}

/** How an event becomes a target's input. */
export interface InputTransformer {
  readonly InputPathsMap?: Record<string, string> | undefined;
  readonly InputTemplate: string | undefined;
}

/**
 * Fills a template's `<name>` places: inside quotes as plain text, elsewhere as JSON.
 * @param reserved `aws.events.rule-arn` and its kin
 */
export function transformInput(
  { InputPathsMap = {}, InputTemplate = "" }: InputTransformer,
  event: unknown,
  reserved: Readonly<Record<string, unknown>>,
): string {
  const values: Record<string, unknown> = { ...reserved };
  for (const [name, path] of Object.entries(InputPathsMap)) values[name] = valueAt(path, event);
  // A template that is no JSON structure is text as it stands, except when it is one quoted text.
  const isJson = /^\s*[[{"]/.test(InputTemplate);
  let quoted = false;
  return InputTemplate.replace(/\\.|"|<([\w.-]+)>/g, (all: string, name: string | undefined) => {
    if (all === '"') quoted = !quoted;
    if (name === undefined || !Object.hasOwn(values, name)) return all;
    const value = values[name] ?? "";
    if (quoted) return JSON.stringify(typeof value === "string" ? value : JSON.stringify(value)).slice(1, -1);
    return isJson ? JSON.stringify(value) : typeof value === "string" ? value : JSON.stringify(value);
  });
}
