import { createRoute, type OpenAPIHono, z } from "@hono/zod-openapi";
import type { AuditLog } from "../audit/log";
import { IdempotencyConflictError, RetrainRefusedError } from "../errors";
import type { Environment } from "./api";
import { parseJsonBytes, readBody } from "./body";
import { Problem } from "./problem";
import { refusedBody } from "./refused-body";
import { keyProblems, problems } from "./route-problems";

/**
 * Starts a retraining; the same token always means the same one. Throws RetrainRefusedError when nothing can be trained, and
 * IdempotencyConflictError when the token stood for another reason before this process began.
 */
export type Retrain = (request: {
  /** The caller's idempotency key. */
  readonly token: string;
  readonly reason: string;
}) => Promise<RetrainRun>;

/** The run that a request for retraining stands for. */
export interface RetrainRun {
  /** Absent while the run's data is put together: asking again tells it. */
  readonly runId?: string;
  /** Absent where runs have none. */
  readonly executionArn?: string;
  /** False when a request with this token started it before. @default true */
  readonly started?: boolean;
}

const LIMIT_BYTES = 64 * 1024;
const MOST_REMEMBERED = 1_000;

/** What the retraining route needs. */
export interface RetrainOptions {
  readonly retrain: Retrain;
  readonly audit: AuditLog | undefined;
}

/** Adds `POST /retrain`: an operator starts a training run, once however often the request is sent. */
export function addRetrain(app: OpenAPIHono<Environment>, { retrain, audit }: RetrainOptions): void {
  const runs = new Map<string, Asked>();
  const schema = z
    .strictObject({ reason: z.string().min(1).max(200).openapi({ description: "Why, for the run's record." }) })
    .openapi("RetrainRequest");
  const route = createRoute({
    method: "post",
    path: "/retrain",
    operationId: "retrain",
    summary: "Start a training run",
    description:
      "For operators; without keys for everyone who reaches the server. Starts the pipeline that made the model once more, with the parameters of its last run, on its data and what was predicted and labelled since. On AWS the answer has no `runId` until that data is put together: the request that is sent again with the same key gets it. Needs the header idempotency-key: a request that is sent again with the same key starts nothing and gets the same run.",
    parameters: [
      {
        name: "idempotency-key",
        in: "header" as const,
        required: true,
        description: "8 to 64 letters, digits, - or _, new for every run.",
        schema: { type: "string" as const, pattern: "^[A-Za-z0-9_-]{8,64}$" },
      },
    ],
    request: {
      body: {
        required: true,
        content: {
          "application/json": {
            schema: { $ref: "#/components/schemas/RetrainRequest" },
            example: { reason: "monthly" },
          },
        },
      },
    },
    responses: {
      202: {
        description: "The run was started or accepted, now or by an earlier request with this key.",
        content: { "application/json": { schema: runSchema } },
      },
      ...problems(400, 409, 413, 415, 422, 503),
      ...keyProblems,
    },
  });
  app.openAPIRegistry.register("RetrainRequest", schema);
  app.openapi(route, async (context) => {
    const token = context.req.header("idempotency-key") ?? "";
    if (!/^[A-Za-z0-9_-]{8,64}$/.test(token)) throw tokenInvalid(token);
    const body = parseJsonBytes(await readBody(context.req.raw, LIMIT_BYTES));
    const parsed = schema.safeParse(body);
    if (!parsed.success) throw refusedBody(parsed.error, body, { reason: "a text of 1 to 200 characters" });
    const { reason } = parsed.data;
    const known = runs.get(token);
    if (known !== undefined && known.reason !== reason) throw refused(new IdempotencyConflictError());
    const asked = known ?? begin(token, reason);
    const {
      runId,
      executionArn,
      started = true,
    } = await asked.run.catch((cause: unknown) => {
      runs.delete(token);
      throw refused(cause);
    });
    // What is still being put together is asked for again.
    if (runId === undefined) runs.delete(token);
    const now = known === undefined && started;
    // A start that could not be recorded is recorded when it is asked for again.
    if (!asked.recorded && started) {
      const about: Readonly<Record<string, string | boolean>> =
        runId === undefined ? { accepted: true } : { run: runId };
      audit?.record({ who: context.get("exchange").caller.id, what: "retrain", about });
    }
    asked.recorded = true;
    const run = { ...(runId === undefined ? {} : { runId }), ...(executionArn === undefined ? {} : { executionArn }) };
    return context.json({ ...run, started: now }, 202);
  });

  function begin(token: string, reason: string): Asked {
    const asked = { reason, run: retrain({ token, reason }), recorded: false };
    runs.set(token, asked);
    const [oldest] = runs.keys();
    if (runs.size > MOST_REMEMBERED && oldest !== undefined) runs.delete(oldest);
    return asked;
  }
}

/** A retraining that was asked for. */
interface Asked {
  readonly reason: string;
  readonly run: Promise<RetrainRun>;
  recorded: boolean;
}

const runSchema = z
  .object({
    runId: z.string().optional().openapi({ description: "Absent while the run's data is put together." }),
    executionArn: z.string().optional(),
    started: z.boolean().openapi({ description: "Whether this very request started it." }),
  })
  .openapi("Retraining");

function refused(cause: unknown): Problem {
  if (cause instanceof RetrainRefusedError || cause instanceof IdempotencyConflictError) {
    const kind = cause instanceof RetrainRefusedError ? "retrain_refused" : "idempotency_conflict";
    return new Problem(kind, cause.message, { cause });
  }
  const detail = "The run could not be started. Send the request again.";
  return new Problem("retrain_unavailable", detail, { cause, headers: { "retry-after": "5" } });
}

function tokenInvalid(token: string): Problem {
  const allowed = "8 to 64 letters, digits, - or _";
  const message = `idempotency-key: Give the header ${allowed}, new for every run.`;
  const received = token === "" ? {} : { received: token.slice(0, 200) };
  const errors = [{ code: "header_invalid", path: "idempotency-key", message, ...received, allowed }];
  return new Problem("header_invalid", message, { errors });
}
