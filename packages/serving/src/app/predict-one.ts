import type { AuditFact } from "../audit/entry";
import type { AuditLog } from "../audit/log";
import type { DecisionPolicy } from "../policy/policy";
import type { LifetimeValue, PredictionAnswer } from "./answer";
import { parseJsonBytes } from "./body";
import type { Exchange } from "./front";
import { Problem } from "./problem";
import type { Score } from "./scoring";

/** `POST /predict` without HTTP: the body's bytes, the query's `drivers` and who asks in, the answer out. */
export type PredictOne = (
  body: Uint8Array,
  drivers: string | undefined,
  exchange: Exchange,
) => Promise<PredictionAnswer>;

/** What happens to every answer before it goes out. */
export type Witness = (answer: PredictionAnswer, row: unknown, exchange: Exchange) => void;

/** Compiles `POST /predict`: every host and every path through a host runs this. */
export function compilePredictOne(score: Score, policy: DecisionPolicy, witnesses: readonly Witness[]): PredictOne {
  return async (body, drivers, exchange) => {
    const row = parseJsonBytes(body);
    const answer = await score(row, driversAsked(drivers, policy.drivers));
    for (const witness of witnesses) witness(answer, row, exchange);
    return answer;
  };
}

/** Puts every decision on record; an answer that cannot be recorded is not given. */
export function auditWitness(audit: AuditLog): Witness {
  return (answer, _row, { caller }) => {
    const prediction = answer.predictionId;
    const about: AuditFact["about"] =
      "decision" in answer
        ? { prediction, churn: answer.decision.churn, tier: answer.riskTier, ...valueFacts(answer.lifetimeValue) }
        : { prediction };
    audit.record({ who: caller.id, what: "predict", model: answer.modelVersion, about });
  };
}

function valueFacts(lifetimeValue: LifetimeValue | null | undefined): AuditFact["about"] {
  return lifetimeValue == null ? {} : { valueTier: lifetimeValue.tier, valueModel: lifetimeValue.modelVersion };
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
