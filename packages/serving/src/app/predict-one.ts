import type { DecisionPolicy } from "../policy/policy";
import type { PredictionAnswer } from "./answer";
import { parseJsonBytes } from "./body";
import { Problem } from "./problem";
import type { Score } from "./scoring";

/** `POST /predict` without HTTP: the body's bytes and the query's `drivers` in, the answer out. */
export type PredictOne = (body: Uint8Array, drivers: string | undefined) => Promise<PredictionAnswer>;

/** Compiles `POST /predict`: every host and every path through a host runs this. */
export function compilePredictOne(score: Score, policy: DecisionPolicy): PredictOne {
  return async (body, drivers) => {
    const row = parseJsonBytes(body);
    return score(row, driversAsked(drivers, policy.drivers));
  };
}

/**
 * Reads the query parameter `drivers`.
 *
 * @throws {@link Problem} `query_invalid`.
 */
export function driversAsked(asked: string | undefined, otherwise: number): number {
  if (asked === undefined) return otherwise;
  if (/^[0-9]{1,3}$/.test(asked) && Number(asked) <= 100) return Number(asked);
  const allowed = "a whole number from 0 to 100";
  const message = `drivers: Give ${allowed}.`;
  throw new Problem("query_invalid", message, {
    errors: [{ code: "query_invalid", path: "drivers", message, received: asked.slice(0, 60), allowed }],
  });
}
