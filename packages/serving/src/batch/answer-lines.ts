import type { PredictionAnswer } from "../app/answer";
import type { CustomerForm } from "../app/customer";
import { type Problem, problemDocument } from "../app/problem";

/** What became of one row of a streamed batch; without a line it is a problem that ended the batch early. */
export interface RowOutcome {
  /** Place of the row in the batch, from 0. */
  readonly index?: number;
  readonly line?: number;
  /** Values of the contract's id columns, where the rows have them. */
  readonly ids?: readonly string[];
  readonly prediction?: PredictionAnswer;
  readonly problem?: Problem;
}

/** Writes the outcomes of a streamed batch, line by line. */
export interface AnswerLines {
  readonly type: "application/x-ndjson" | "text/csv; charset=utf-8";
  /** What comes before the first line. */
  readonly head: string;
  line(outcome: RowOutcome, requestId: string): string;
}

/** One JSON document a line: `{"index", "line", "prediction"}`, or `problem` in its place. */
export const ndjsonLines: AnswerLines = {
  type: "application/x-ndjson",
  head: "",
  line({ index, line, prediction, problem }, requestId) {
    const result = problem === undefined ? { prediction } : { problem: problemDocument(problem, requestId) };
    return `${JSON.stringify({ index, line, ...result })}\n`;
  },
};

/** A CSV with the contract's ids first and an `errors` column last, empty for rows that were answered. */
export function csvLines({ own, lifetimeValue }: CustomerForm): AnswerLines {
  const ids = own.id;
  const worth = lifetimeValue === undefined ? [] : ["lifetimeValue", "valueTier"];
  const answer =
    own.target.kind === "binary"
      ? ["churnProbability", "churn", "riskTier", "recommendation", "confidence", ...worth]
      : ["value"];
  const blank = answer.map(() => "");
  return {
    type: "text/csv; charset=utf-8",
    head: record([...ids, "line", "predictionId", ...answer, "modelVersion", "errors"]),
    line({ line, ids: given, prediction, problem }) {
      const start = [...ids.map((_, index) => given?.[index] ?? ""), line ?? ""];
      if (prediction === undefined)
        return record([...start, "", ...blank, "", problem === undefined ? "" : reasons(problem)]);
      const values =
        "value" in prediction
          ? [prediction.value]
          : [
              prediction.churnProbability,
              prediction.decision.churn,
              prediction.riskTier,
              prediction.recommendation,
              prediction.confidence,
              ...(worth.length === 0
                ? []
                : [prediction.lifetimeValue?.value ?? "", prediction.lifetimeValue?.tier ?? ""]),
            ];
      return record([...start, prediction.predictionId, ...values, prediction.modelVersion, ""]);
    },
  };
}

function reasons(problem: Problem): string {
  return problem.errors.length === 0 ? problem.message : problem.errors.map(({ message }) => message).join(" ");
}

function record(values: readonly (string | number | boolean)[]): string {
  return `${values.map((value) => field(String(value))).join(",")}\n`;
}

function field(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
