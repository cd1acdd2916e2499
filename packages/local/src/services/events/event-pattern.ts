import { BlockList, isIP } from "node:net";
import { ServiceError } from "../../errors";

/** A checked pattern. */
export type EventPattern = { readonly [key: string]: unknown };

/**
 * Parses and checks an event pattern.
 * @throws ServiceError InvalidEventPatternException
 */
export function parsePattern(text: string): EventPattern {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw invalid(`it is no JSON (${cause instanceof Error ? cause.message : String(cause)})`);
  }
  if (!isStructure(value)) throw invalid("it must be a JSON object");
  if (Object.keys(value).length === 0) throw invalid("Empty pattern is not allowed");
  checkPattern(value, "");
  return value;
}

/** Whether an event (or any JSON) matches: every key, one of the values of each. */
export function matchesPattern(pattern: EventPattern, event: unknown): boolean {
  return Object.entries(pattern).every(([key, wanted]) => {
    if (key === "$or" && isAlternatives(wanted)) {
      return (wanted as EventPattern[]).some((each) => matchesPattern(each, event));
    }
    const value = isStructure(event) ? event[key] : undefined;
    if (Array.isArray(wanted)) return wanted.some((one) => matchesValue(one, value));
    const inner = wanted as EventPattern;
    // Of a list of structures, one has to match as a whole.
    return Array.isArray(value) ? value.some((one) => matchesPattern(inner, one)) : matchesPattern(inner, value);
  });
}

type Test = (value: unknown) => boolean;

function matchesValue(wanted: unknown, value: unknown): boolean {
  if (isStructure(wanted) && "exists" in wanted) return (value !== undefined && !isStructure(value)) === wanted.exists;
  if (value === undefined) return false;
  const test = testOf(wanted, "");
  return Array.isArray(value) ? value.some(test) : test(value);
}

/** `"$or"` is a key like any other unless it lists two structures or more. */
const isAlternatives = (value: unknown): boolean =>
  Array.isArray(value) && value.length > 0 && value.every(isStructure);

function checkPattern(pattern: EventPattern, path: string): void {
  for (const [key, wanted] of Object.entries(pattern)) {
    const where = path === "" ? key : `${path}.${key}`;
    if (key === "$or" && isAlternatives(wanted)) {
      for (const each of wanted as EventPattern[]) checkPattern(each, where);
    } else if (Array.isArray(wanted)) {
      if (wanted.length === 0) throw invalid(`Empty arrays are not allowed (${where})`);
      for (const one of wanted) testOf(one, where);
    } else if (isStructure(wanted)) {
      if (Object.keys(wanted).length === 0) throw invalid(`Empty objects are not allowed (${where})`);
      checkPattern(wanted, where);
    } else throw invalid(`"${where}" must be an object or an array`);
  }
}

/** The test of one entry of a list of values. @throws ServiceError InvalidEventPatternException */
function testOf(wanted: unknown, where: string): Test {
  if (Array.isArray(wanted)) throw invalid(`A list inside a list is not allowed (${where})`);
  if (!isStructure(wanted)) return (value) => value === wanted;
  const [[kind, operand] = ["", undefined], second] = Object.entries(wanted);
  if (second) throw invalid(`Only one key allowed in match expression (${where})`);
  const text = (): string => {
    if (typeof operand === "string") return operand;
    throw invalid(`${kind} match pattern must be a string (${where})`);
  };
  switch (kind) {
    case "exists":
      if (typeof operand !== "boolean") throw invalid(`exists match pattern must be either true or false. (${where})`);
      return (value) => (value !== undefined) === operand;
    case "prefix":
    case "suffix":
      return affix(kind, operand, where);
    case "equals-ignore-case": {
      const lower = text().toLowerCase();
      return (value) => typeof value === "string" && value.toLowerCase() === lower;
    }
    case "wildcard":
      return wildcard(text(), where);
    case "numeric":
      return numeric(operand, where);
    case "cidr":
      return cidr(text(), where);
    case "anything-but":
      return anythingBut(operand, where);
    default:
      throw invalid(`Unrecognized match type ${kind} (${where})`);
  }
}

function affix(kind: "prefix" | "suffix", operand: unknown, where: string): Test {
  const folded = isStructure(operand) ? operand["equals-ignore-case"] : undefined;
  const part = folded ?? operand;
  if (typeof part !== "string") throw invalid(`${kind} match pattern must be a string (${where})`);
  const fold = (one: string) => (folded === undefined ? one : one.toLowerCase());
  const wanted = fold(part);
  return (value) =>
    typeof value === "string" && (kind === "prefix" ? fold(value).startsWith(wanted) : fold(value).endsWith(wanted));
}

function wildcard(pattern: string, where: string): Test {
  if (pattern.includes("**")) throw invalid(`Consecutive wildcard characters are not allowed (${where})`);
  let source = "";
  for (let index = 0; index < pattern.length; index++) {
    const character = pattern.charAt(index);
    if (character === "*") source += ".*";
    else if (character === "\\" && /[*\\]/.test(pattern.charAt(index + 1))) source += `\\${pattern.charAt(++index)}`;
    else source += character.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  }
  const expression = new RegExp(`^${source}$`, "s");
  return (value) => typeof value === "string" && expression.test(value);
}

function numeric(operand: unknown, where: string): Test {
  const parts = Array.isArray(operand) ? operand : [];
  if (parts.length !== 2 && parts.length !== 4)
    throw invalid(`Numeric match must have one or two comparisons (${where})`);
  const tests: ((value: number) => boolean)[] = [];
  for (let index = 0; index < parts.length; index += 2) {
    const [operator, limit] = [parts[index], parts[index + 1]];
    if (typeof limit !== "number") throw invalid(`Value of ${operator} must be numeric (${where})`);
    if (operator === "=") tests.push((value) => value === limit);
    else if (operator === "<") tests.push((value) => value < limit);
    else if (operator === "<=") tests.push((value) => value <= limit);
    else if (operator === ">") tests.push((value) => value > limit);
    else if (operator === ">=") tests.push((value) => value >= limit);
    else throw invalid(`Unrecognized numeric range operator: ${operator} (${where})`);
  }
  return (value) => typeof value === "number" && tests.every((test) => test(value));
}

function cidr(text: string, where: string): Test {
  const [address = "", prefix = ""] = text.split("/");
  const version = isIP(address);
  const bits = Number(prefix);
  if (version === 0 || prefix === "" || !(bits >= 0 && bits <= (version === 4 ? 32 : 128))) {
    throw invalid(`Malformed CIDR ${text} (${where})`);
  }
  const list = new BlockList();
  list.addSubnet(address, bits, version === 4 ? "ipv4" : "ipv6");
  return (value) => {
    const family = typeof value === "string" ? isIP(value) : 0;
    return family === version && list.check(value as string, family === 4 ? "ipv4" : "ipv6");
  };
}

function anythingBut(operand: unknown, where: string): Test {
  if (!isStructure(operand)) {
    const excluded: unknown[] = Array.isArray(operand) ? operand : [operand];
    if (excluded.length === 0) throw invalid(`Empty arrays are not allowed (${where})`);
    if (excluded.some((one) => typeof one !== "string" && typeof one !== "number")) {
      throw invalid(`Inside anything but list, only strings and numbers are supported (${where})`);
    }
    return (value) => !excluded.includes(value);
  }
  const [[kind, inner] = ["", undefined], second] = Object.entries(operand);
  if (second || !["prefix", "suffix", "equals-ignore-case", "wildcard"].includes(kind)) {
    throw invalid(`Unsupported anything-but pattern: ${kind} (${where})`);
  }
  const tests = (Array.isArray(inner) ? inner : [inner]).map((one) => testOf({ [kind]: one }, where));
  return (value) => typeof value === "string" && !tests.some((test) => test(value));
}

const isStructure = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const invalid = (reason: string): ServiceError =>
  new ServiceError("InvalidEventPatternException", `Event pattern is not valid. Reason: ${reason}`);
