import { randomUUID } from "node:crypto";
import { OpenAPIHono } from "@hono/zod-openapi";
import { type Contract, exampleRow } from "@sagewright/contract";
import type { Context } from "hono";
import pino from "pino";
import type { Backend } from "../backends/backend";
import type { DecisionPolicy } from "../policy/policy";
import { telecomPolicy } from "../policy/telecom";
import { scoreBatch } from "./batch";
import { readJsonBody } from "./body";
import { docsPage, docsScript, docsStyle } from "./docs-page";
import { type ApiLogger, loggedError } from "./log";
import { metricsText } from "./metrics-text";
import { modelSchema, type ServedModel } from "./model-card";
import { Problem, problemResponse } from "./problem";
import { routesOf } from "./routes";
import { customerSchema } from "./scorable";
import { compileScoring } from "./scoring";
import { Statistics } from "./statistics";

/** What an API is made of. */
export interface ApiOptions {
  readonly backend: Backend;
  readonly contract: Contract;
  readonly model: ServedModel;
  /** @default {@link telecomPolicy} */
  readonly policy?: DecisionPolicy;
  /** @default nothing is logged */
  readonly logger?: ApiLogger;
  /** @default the system's clocks */
  readonly clock?: Clock;
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
interface Environment {
  Variables: { requestId: string };
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
export function createApi(options: ApiOptions): OpenAPIHono<Environment> {
  const { backend, contract, policy = telecomPolicy, clock = systemClock, ids = randomUUID } = options;
  const logger = options.logger ?? pino({ enabled: false });
  const model = modelSchema.parse(options.model);
  const statistics = new Statistics(clock.now());
  const { monotonicMs } = clock;
  const score = compileScoring({ backend, contract, policy, model, statistics, monotonicMs, newId: ids });
  const routes = routesOf(contract, exampleRow(contract));
  const app = new OpenAPIHono<Environment>();

  app.use(async (context, next) => {
    const started = monotonicMs();
    const requestId = ids();
    context.set("requestId", requestId);
    await next();
    const { status } = context.res;
    const route = routeOf(context);
    statistics.request(`${knownMethod(context.req.method)} ${route}`, status);
    context.res.headers.set("x-request-id", requestId);
    context.res.headers.set("x-content-type-options", "nosniff");
    if (!context.res.headers.has("cache-control")) context.res.headers.set("cache-control", "no-store");
    const ms = Math.round((monotonicMs() - started) * 1000) / 1000;
    logger.info({ requestId, method: knownMethod(context.req.method), route, status, ms }, "request");
  });
  app.onError((error, context) => {
    const requestId = context.get("requestId");
    if (error instanceof Problem && error.status < 500) return problemResponse(error, requestId);
    logger.error({ requestId, route: routeOf(context), ...loggedError(error) }, "request failed");
    if (error instanceof Problem) return problemResponse(error, requestId);
    const detail =
      "The request could not be answered because of a fault in the server. Its log has the details under the request id.";
    return problemResponse(new Problem("internal_error", detail), requestId);
  });
  app.notFound((context) => {
    const detail = `This API has ${PATHS.map(([path]) => path).join(", ")}.`;
    return problemResponse(new Problem("not_found", detail), context.get("requestId"));
  });

  app.openapi(routes.predict, async (context) => {
    const body = await readJsonBody(context.req.raw, SINGLE_LIMIT_BYTES);
    return context.json(await score(body, driversAsked(context, policy.drivers)), 200);
  });
  app.openapi(routes.predictBatch, async (context) => {
    const started = monotonicMs();
    const body = await readJsonBody(context.req.raw, BATCH_LIMIT_BYTES);
    const drivers = driversAsked(context, 0);
    const results = await scoreBatch(body, { score, drivers, requestId: context.get("requestId") });
    const answered = results.filter((result) => "prediction" in result).length;
    const latencyMs = Math.round((monotonicMs() - started) * 1000) / 1000;
    const { version: modelVersion } = model;
    return context.json(
      {
        rows: results.length,
        answered,
        refused: results.length - answered,
        modelVersion,
        latencyMs,
        results,
      },
      200,
    );
  });
  app.openapi(routes.health, async (context) => {
    await backend.ready().catch((cause: unknown) => {
      throw new Problem("backend_unavailable", "The model does not answer.", {
        cause,
        headers: { "retry-after": "1" },
      });
    });
    return context.json({ status: "ready", modelVersion: model.version }, 200);
  });
  app.openapi(routes.model, (context) => {
    const about = {
      task: contract.target.kind,
      backend: backend.kind,
      policy: policy.name,
      contract: contract.toJSON(),
    };
    return context.json({ ...model, ...about }, 200);
  });
  app.openapi(routes.stats, (context) => context.json({ modelVersion: model.version, ...statistics.snapshot() }, 200));
  app.openapi(routes.metrics, (context) => {
    return context.text(metricsText(statistics), 200, { "content-type": "text/plain; version=0.0.4; charset=utf-8" });
  });
  addDocuments(app, contract, model.version);
  for (const [path, allow] of PATHS) {
    app.all(path, () => {
      throw new Problem("method_not_allowed", `${path} takes ${allow}.`, { headers: { allow } });
    });
  }
  return app;
}

const PATHS: readonly [path: string, allow: string][] = [
  ["/predict", "POST"],
  ["/predict/batch", "POST"],
  ["/health", "GET, HEAD"],
  ["/model", "GET, HEAD"],
  ["/stats", "GET, HEAD"],
  ["/metrics", "GET, HEAD"],
  ["/openapi.json", "GET, HEAD"],
  ["/docs", "GET, HEAD"],
];

/** Adds the OpenAPI document and the page that shows it, each made once, on its first request. */
function addDocuments(app: OpenAPIHono<Environment>, contract: Contract, version: string): void {
  app.openAPIRegistry.registerComponent("schemas", "Customer", customerSchema(contract));
  let document: ReturnType<typeof app.getOpenAPI31Document> | undefined;
  const openApi = () => {
    document ??= app.getOpenAPI31Document({
      openapi: "3.1.0",
      info: {
        title: `${contract.name} predictions`,
        version,
        description: "Predictions of one model, checked by its contract.",
      },
    });
    return document;
  };
  app.get("/openapi.json", (context) => context.json(openApi()));
  app.get("/docs", (context) => context.html(docsPage(openApi(), contract), 200, DOCS_HEADERS));
  app.get("/docs/docs.js", (context) =>
    context.body(docsScript, 200, { "content-type": "text/javascript; charset=utf-8" }),
  );
  app.get("/docs/docs.css", (context) => context.body(docsStyle, 200, { "content-type": "text/css; charset=utf-8" }));
}

const DOCS_HEADERS = {
  "content-security-policy":
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; form-action 'none'; frame-ancestors 'none'; base-uri 'none'",
  "referrer-policy": "no-referrer",
};

function driversAsked(context: Context, otherwise: number): number {
  const asked = context.req.query("drivers");
  if (asked === undefined) return otherwise;
  if (/^[0-9]{1,3}$/.test(asked) && Number(asked) <= 100) return Number(asked);
  const allowed = "a whole number from 0 to 100";
  const message = `drivers: Give ${allowed}.`;
  throw new Problem("query_invalid", message, {
    errors: [{ code: "query_invalid", path: "drivers", message, received: asked.slice(0, 60), allowed }],
  });
}

/** The path as the API knows it, so that a log or a metric never repeats what a client made up. */
function routeOf(context: Context): string {
  const known = PATHS.find(([path]) => path === context.req.path);
  if (known !== undefined) return known[0];
  return context.req.path.startsWith("/docs/") ? "/docs/*" : "unknown";
}

const METHODS = new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]);

function knownMethod(method: string): string {
  return METHODS.has(method) ? method : "OTHER";
}
