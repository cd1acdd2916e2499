import type { CanonicalRow, RowProblem } from "@sagewright/contract";
import { type Driver, PredictorInputError } from "@sagewright/predictor";
import type { Backend } from "../backends/backend";
import { BackendUnavailableError } from "../errors";
import { decide } from "../policy/decide";
import type { DecisionPolicy } from "../policy/policy";
import type { AnswerDriver, ChurnAnswer, LifetimeValue, PredictionAnswer } from "./answer";
import type { CustomerCheck, CustomerForm } from "./customer";
import type { ValueCustomer } from "./lifetime-value";
import type { ModelCard } from "./model-card";
import { fieldPointer, Problem, type ProblemDetail } from "./problem";
import { compileScorable } from "./scorable";
import type { Statistics } from "./statistics";

/** What scoring needs; everything is compiled before the first request. */
export interface ScoringOptions {
  readonly backend: Backend;
  readonly customer: CustomerForm;
  /** Values customers. @default no answer has a lifetime value */
  readonly value?: ValueCustomer | undefined;
  readonly policy: DecisionPolicy;
  readonly model: ModelCard;
  readonly statistics: Statistics;
  /** Milliseconds of a clock that never goes back. */
  readonly monotonicMs: () => number;
  readonly newId: () => string;
  /** Is shown every answered row. @default nobody is */
  readonly observe?: (values: CanonicalRow, answer: PredictionAnswer) => void;
}

/** The compiled path of one row; `drivers` is how many to report. */
export interface Score {
  /** Answers a row of JSON values. */
  (row: unknown, drivers: number): Promise<PredictionAnswer>;
  /** Answers a row of CSV fields in the order of the columns of a customer. */
  fields(texts: readonly string[], drivers: number): Promise<PredictionAnswer>;
  /** How many rows of a batch are worth asking for before the first is answered. */
  readonly rowsAtOnce: number;
}

/**
 * Compiles the path of one row: contract, backend, decision. Single and batch requests run the same one.
 *
 * The result throws {@link Problem} `row_invalid` with every broken rule, or why the backend does not answer.
 */
export function compileScoring(options: ScoringOptions): Score {
  const { backend, customer, value: valueCustomer, policy, model, statistics, monotonicMs, newId, observe } = options;
  const { columns } = customer.own;
  const findTooLarge = compileScorable(customer.contract);
  const booleans = new Set(columns.filter(({ type }) => type === "boolean").map(({ name }) => name));
  const binary = customer.own.target.kind === "binary";

  const json = (row: unknown, drivers: number): Promise<PredictionAnswer> => {
    const started = monotonicMs();
    return scoreChecked(customer.json(row), row, { started, drivers });
  };
  const fields = (texts: readonly string[], drivers: number): Promise<PredictionAnswer> => {
    const started = monotonicMs();
    const check = customer.fields(texts);
    return scoreChecked(check, check.said, { started, drivers });
  };
  return Object.assign(json, { fields, rowsAtOnce: backend.rowsAtOnce ?? 1 });

  async function scoreChecked(
    check: CustomerCheck,
    row: unknown,
    { started, drivers }: { readonly started: number; readonly drivers: number },
  ): Promise<PredictionAnswer> {
    const tooLarge = isRecord(row) ? findTooLarge(row) : [];
    if (!check.ok || tooLarge.length > 0) {
      statistics.refusedRow();
      throw invalidRow(check.ok ? [] : check.problems, tooLarge);
    }
    const { values, valued } = check;
    const { value, moved } = await answer(values, drivers);
    const common = { drivers: moved, modelVersion: model.version };
    if (!binary) {
      const latencyMs = elapsed(started);
      statistics.prediction(value, undefined, latencyMs);
      return shown(values, { predictionId: newId(), value, ...common, latencyMs });
    }
    if (valueCustomer === undefined) return shown(values, decided(value, undefined, { started, common }));
    const lifetimeValue = valued === undefined ? null : await worth(valueCustomer, valued);
    return shown(values, { ...decided(value, lifetimeValue?.value, { started, common }), lifetimeValue });
  }

  function decided(
    probability: number,
    lifetimeValue: number | undefined,
    { started, common }: { readonly started: number; readonly common: Pick<ChurnAnswer, "drivers" | "modelVersion"> },
  ): ChurnAnswer {
    const { threshold } = model;
    const { positive, tier, confidence } = decide(policy, { probability, threshold, lifetimeValue });
    const latencyMs = elapsed(started);
    statistics.prediction(probability, tier.tier, latencyMs);
    return {
      predictionId: newId(),
      churnProbability: probability,
      decision: { churn: positive, threshold },
      riskTier: tier.tier,
      recommendation: tier.recommendation,
      confidence,
      ...common,
      latencyMs,
    };
  }

  async function worth(ask: ValueCustomer, valued: CanonicalRow): Promise<LifetimeValue> {
    try {
      const found = await ask(valued);
      statistics.lifetimeValue(found.value, found.tier);
      return found;
    } catch (error) {
      throw scoringProblem(error);
    }
  }

  function shown(values: CanonicalRow, given: PredictionAnswer): PredictionAnswer {
    observe?.(values, given);
    return given;
  }

  async function answer(values: CanonicalRow, drivers: number): Promise<{ value: number; moved: AnswerDriver[] }> {
    try {
      if (drivers === 0 || backend.explain === undefined) return { value: await backend.predict(values), moved: [] };
      const explanation = await backend.explain(values);
      const moved = explanation.drivers.slice(0, drivers).filter(({ contribution }) => contribution !== 0);
      return { value: explanation.value, moved: moved.map(shownDriver) };
    } catch (error) {
      throw scoringProblem(error);
    }
  }

  function shownDriver({ feature, value, unit, contribution }: Driver): AnswerDriver {
    const shownValue = booleans.has(feature) && value !== null ? value === 1 : value;
    const effect = binary ? Math.round(contribution * 1e6) / 1e4 : contribution;
    const direction = contribution > 0 ? "raises" : "lowers";
    return { feature, value: shownValue, ...(unit === undefined || unit === "" ? {} : { unit }), direction, effect };
  }

  function scoringProblem(error: unknown): unknown {
    if (error instanceof PredictorInputError) {
      statistics.refusedRow();
      const detail = { code: "not_scorable", path: fieldPointer(error.column), message: error.message };
      return new Problem("row_invalid", "The model cannot score this row.", { errors: [detail] });
    }
    statistics.failedRow();
    if (!(error instanceof BackendUnavailableError)) return error;
    const retryAfter = String(error.retryAfterSeconds ?? 1);
    return new Problem(error.problem, error.message, { headers: { "retry-after": retryAfter }, cause: error });
  }

  function elapsed(started: number): number {
    return Math.max(0, Math.round((monotonicMs() - started) * 1000) / 1000);
  }
}

/** A row's problems as one problem document that names every bad field. */
function invalidRow(problems: readonly RowProblem[], tooLarge: readonly ProblemDetail[]): Problem {
  const broken = problems.map(({ code, column, value, message, allowed }): ProblemDetail => {
    const received = receivedValue(value);
    return { code, path: fieldPointer(column), message, ...(received === undefined ? {} : { received }), allowed };
  });
  const paths = new Set(broken.map(({ path }) => path));
  const errors = [...broken, ...tooLarge.filter(({ path }) => !paths.has(path))];
  const fields = errors.length === 1 ? "1 field is" : `${errors.length} fields are`;
  return new Problem("row_invalid", `${fields} not valid. Every one is listed in "errors".`, { errors });
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

const LONGEST_RECEIVED = 200;

/** A value as it can be repeated to the client: short texts and plain values, never whole documents. */
function receivedValue(value: unknown): unknown {
  if (typeof value === "string") return value.slice(0, LONGEST_RECEIVED);
  if (typeof value === "number") return Number.isFinite(value) ? value : String(value);
  if (Array.isArray(value)) return "a list";
  return typeof value === "object" && value !== null ? "an object" : value;
}
