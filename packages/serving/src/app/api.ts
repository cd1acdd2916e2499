import { randomUUID } from "node:crypto";
import { OpenAPIHono } from "@hono/zod-openapi";
import type { Contract } from "@sagewright/contract";
import type { AuditLog } from "../audit/log";
import type { Backend } from "../backends/backend";
import { compileStreamedBatch } from "../batch/batch";
import { type BatchCounts, scoreBatch } from "../batch/json-batch";
import type { Capture } from "../capture/capture";
import type { RecordSink } from "../capture/hourly-folder";
import { type Caller, keyGate } from "../keys/gate";
import type { KeyStore } from "../keys/key-store";
import type { DecisionPolicy } from "../policy/policy";
import { usualPolicy } from "../policy/usual";
import { bodyType, parseJsonBytes, readBody } from "./body";
import { compileCustomer } from "./customer";
import { addDocuments } from "./documents";
import { addFeedback } from "./feedback";
import { type Exchange, Front } from "./front";
import { compileValue, type LifetimeValueModel } from "./lifetime-value";
import type { ApiLogger } from "./log";
import { metricsText } from "./metrics-text";
import { modelAnswer, modelSchema, type ServedModel } from "./model-card";
import { knownMethod, PATHS, routeOf } from "./paths";
import { auditWitness, compilePredictOne, driversAsked, type PredictOne } from "./predict-one";
import { Problem, problemResponse } from "./problem";
import { addRetrain, type Retrain } from "./retrain";
import { routesOf } from "./routes";
import { compileScoring } from "./scoring";
import { Statistics } from "./statistics";

/** What an API is made of. */
export interface ApiOptions {
  readonly backend: Backend;
  readonly contract: Contract;
  readonly model: ServedModel;
  /** What customers are worth; its tier then chooses the risk tier within its band. @default answers say nothing of it */
  readonly lifetimeValue?: LifetimeValueModel;
  /** @default {@link usualPolicy} */
  readonly policy?: DecisionPolicy;
  /** @default nothing is logged */
  readonly logger?: ApiLogger;
  /** @default the system's clocks */
  readonly clock?: Clock;
  /** Who may use the API. @default everyone who reaches it */
  readonly keys?: KeyStore;
  /** Where decisions are recorded. @default nowhere */
  readonly audit?: AuditLog;
  /** Captures a sample of predictions. @default nothing is captured */
  readonly capture?: Capture;
  /** Where `POST /feedback` puts true outcomes. @default there is no such route */
  readonly feedback?: RecordSink;
  /** What `POST /retrain` starts. @default there is no such route */
  readonly retrain?: Retrain;
  /** More lines for `GET /metrics`, in Prometheus' text format: what monitoring found of the model. @default none */
  readonly moreMetrics?: () => string;
  /** Makes ids of requests and predictions. @default random UUIDs */
  readonly ids?: () => string;
}

/** Time as the API needs it. */
export interface Clock {
  /** The date, for people. */
  now(): Date;
  /** Milliseconds that never go back, for durations. */
  monotonicMs(): number;
}

const systemClock: Clock = { now: () => new Date(), monotonicMs: () => performance.now() };

/** The Hono environment of the API's handlers. */
export interface Environment {
  /** What the host knows of a request; no client can set it. */
  Bindings: { readonly caller?: Caller };
  Variables: { exchange: Exchange };
}

/** The prediction API: a Hono app, and the same `POST /predict` for hosts that can do without `Request` and `Response`. */
export interface PredictionApi extends OpenAPIHono<Environment> {
  readonly direct: DirectPredict;
}

/** `POST /predict` for a host that has read the body itself. */
export interface DirectPredict {
  readonly front: Front;
  readonly predict: PredictOne;
  /** Bodies larger than this are refused. */
  readonly limitBytes: number;
}

const SINGLE_LIMIT_BYTES = 64 * 1024;
const BATCH_LIMIT_BYTES = 8 * 1024 * 1024;

/**
 * Makes the prediction API: one Hono app for every host. Schemas and checks are compiled here, once.
 *
 * @example
 * const app = createApi({ backend: embeddedBackend(predictor, contract), contract, model: { name: "churn", version: "3" } });
 * const server = await serveNode(app, { port: 8080 });
 */
export function createApi(options: ApiOptions): PredictionApi {
  const { backend, contract, policy = usualPolicy, clock = systemClock, ids = randomUUID } = options;
  const model = modelSchema.parse(options.model);
  const { lifetimeValue } = options;
  const customer = compileCustomer(contract, lifetimeValue?.contract);
  const value = lifetimeValue === undefined ? undefined : compileValue(lifetimeValue, policy);
  const statistics = new Statistics(clock.now(), lifetimeValue !== undefined);
  const { monotonicMs } = clock;
  const { audit, capture } = options;
  const observe = capture?.observe.bind(capture);
  const score = compileScoring({
    backend,
    customer,
    value,
    policy,
    model,
    statistics,
    monotonicMs,
    newId: ids,
    observe,
  });
  const streamBatch = compileStreamedBatch(customer, score);
  const witnesses = audit === undefined ? [] : [auditWitness(audit)];
  const predict = compilePredictOne(score, policy, witnesses);
  const batchEnded =
    ({ id }: Caller) =>
    ({ rows, answered }: BatchCounts): void =>
      audit?.record({ who: id, what: "predict_batch", model: model.version, about: { rows, answered } });
  const routes = routesOf(customer);
  const gate = options.keys === undefined ? undefined : keyGate(options.keys, clock);
  const front = new Front({ ids, clock, statistics, logger: options.logger, gate });
  const app = new OpenAPIHono<Environment>();
  const absent = [options.feedback ?? "/feedback", options.retrain ?? "/retrain"];
  const paths = PATHS.filter(({ path }) => !absent.includes(path));

  app.use(async (context, next) => {
    const exchange = front.begin(knownMethod(context.req.method), routeOf(context.req.path));
    context.set("exchange", exchange);
    await next();
    for (const [name, value] of Object.entries(front.end(exchange, context.res.status))) {
      context.res.headers.set(name, value);
    }
  });
  app.use(async (context, next) => {
    front.admit(context.get("exchange"), (name) => context.req.header(name), context.env?.caller);
    await next();
  });
  app.onError((error, context) => {
    const exchange = context.get("exchange");
    return problemResponse(front.problem(error, exchange), exchange.requestId);
  });
  app.notFound((context) => {
    const detail = `This API has ${paths.map(({ path }) => path).join(", ")}.`;
    return problemResponse(new Problem("not_found", detail), context.get("exchange").requestId);
  });

  app.openapi(routes.predict, async (context) => {
    const body = await readBody(context.req.raw, SINGLE_LIMIT_BYTES);
    return context.json(await predict(body, context.req.query("drivers"), context.get("exchange")), 200);
  });
  app.openapi(routes.predictBatch, async (context) => {
    const started = monotonicMs();
    const { requestId, caller } = context.get("exchange");
    const request = context.req.raw;
    const type = bodyType(request.headers, ["application/json", "application/x-ndjson", "text/csv"]);
    const drivers = driversAsked(context.req.query("drivers"), 0);
    if (type !== "application/json") {
      // The streamed kinds have no typed answer in the route's definition.
      return (await streamBatch({ request, type, drivers, requestId, ended: batchEnded(caller) })) as never;
    }
    const body = parseJsonBytes(await readBody(request, BATCH_LIMIT_BYTES));
    const results = await scoreBatch(body, { score, drivers, requestId });
    const answered = results.filter((result) => "prediction" in result).length;
    batchEnded(caller)({ rows: results.length, answered });
    const latencyMs = Math.round((monotonicMs() - started) * 1000) / 1000;
    const { version: modelVersion } = model;
    return context.json(
      { rows: results.length, answered, refused: results.length - answered, modelVersion, latencyMs, results },
      200,
    );
  });
  app.openapi(routes.health, async (context) => {
    await Promise.all([backend.ready(), lifetimeValue?.backend.ready()]).catch((cause: unknown) => {
      throw new Problem("backend_unavailable", "The model does not answer.", {
        cause,
        headers: { "retry-after": "1" },
      });
    });
    return context.json({ status: "ready", modelVersion: model.version }, 200);
  });
  app.openapi(routes.model, (context) => {
    return context.json(modelAnswer({ backend, contract, model, policy, lifetimeValue }), 200);
  });
  app.openapi(routes.stats, (context) => {
    const captured = capture === undefined ? {} : { capture: capture.counts() };
    return context.json({ modelVersion: model.version, ...statistics.snapshot(), ...captured }, 200);
  });
  app.openapi(routes.metrics, (context) => {
    return context.text(metricsText(statistics, capture?.counts()) + (options.moreMetrics?.() ?? ""), 200, {
      "content-type": "text/plain; version=0.0.4; charset=utf-8",
    });
  });
  if (options.feedback !== undefined) {
    addFeedback(app, { sink: options.feedback, audit, clock, task: contract.target.kind });
  }
  if (options.retrain !== undefined) addRetrain(app, { retrain: options.retrain, audit });
  const keyed = () => options.keys !== undefined && options.keys.open?.() !== true;
  addDocuments(app, { customer, version: model.version, keyed });
  for (const { path, allow } of paths) {
    app.all(path, () => {
      throw new Problem("method_not_allowed", `${path} takes ${allow}.`, { headers: { allow } });
    });
  }
  return Object.assign(app, { direct: { front, predict, limitBytes: SINGLE_LIMIT_BYTES } });
}
