import { parseNumber } from "../number-grammar";

/**
 * The number that stands for a listed text in JSON: 1 for "1", 415 for "415"; undefined when no number is written that
 * way. A CSV that says 1 and a request that says 1 then mean the same.
 */
export function numberSpelling(text: string): number | undefined {
  const value = parseNumber(text);
  return value !== undefined && String(value) === text ? value : undefined;
}
