import { ServiceError } from "../../../errors";
import type { AlarmState } from "./alarm-states";

/** What a composite alarm's rule needs to know of other alarms; undefined for one that does not exist. */
export type StateOf = (alarm: string) => AlarmState | undefined;

/** A parsed rule. */
export interface AlarmRule {
  /** Names of the alarms in it. */
  readonly alarms: readonly string[];
  holds(stateOf: StateOf): boolean;
}

/**
 * Parses `ALARM("a") AND (NOT OK(b) OR TRUE)`.
 * @throws ServiceError ValidationError
 */
export function parseAlarmRule(source: string): AlarmRule {
  const tokens = [...source.matchAll(/\s*("(?:[^"\\]|\\.)*"|[()]|[^\s()"]+)/g)].map((match) => match[1] as string);
  const alarms: string[] = [];
  let index = 0;
  const fail = (): never => {
    throw new ServiceError(
      "ValidationError",
      `AlarmRule must be valid: unexpected ${tokens[index] ?? "end"} in ${source}`,
    );
  };
  const take = (expected: string): void => {
    if (tokens[index] !== expected) fail();
    index += 1;
  };
  type Term = (stateOf: StateOf) => boolean;
  const either = (): Term => {
    let left = both();
    while (tokens[index] === "OR") {
      index += 1;
      const [a, b] = [left, both()];
      left = (stateOf) => a(stateOf) || b(stateOf);
    }
    return left;
  };
  const both = (): Term => {
    let left = one();
    while (tokens[index] === "AND") {
      index += 1;
      const [a, b] = [left, one()];
      left = (stateOf) => a(stateOf) && b(stateOf);
    }
    return left;
  };
  const one = (): Term => {
    const token = tokens[index++];
    if (token === "NOT") {
      const inner = one();
      return (stateOf) => !inner(stateOf);
    }
    if (token === "(") {
      const inner = either();
      take(")");
      return inner;
    }
    if (token === "TRUE" || token === "FALSE") return () => token === "TRUE";
    if (token !== "ALARM" && token !== "OK" && token !== "INSUFFICIENT_DATA") {
      index -= 1;
      return fail();
    }
    take("(");
    const named = tokens[index++] ?? fail();
    take(")");
    const name = named
      .replace(/^"|"$/g, "")
      .replace(/\\(.)/g, "$1")
      .replace(/^arn:.*:alarm:/, "");
    alarms.push(name);
    return (stateOf) => stateOf(name) === token;
  };
  const holds = either();
  if (index < tokens.length) fail();
  return { alarms, holds };
}
