import { createRoute, type OpenAPIHono, z } from "@hono/zod-openapi";
import type { AuditLog } from "../audit/log";
import type { Environment } from "./api";
import { parseJsonBytes, readBody } from "./body";
import { Problem } from "./problem";
import { refusedBody } from "./refused-body";
import { keyProblems, problems } from "./route-problems";

/** Starts a retraining; the same token always means the same one. */
export type Retrain = (request: {
  /** The caller's idempotency key. */
  readonly token: string;
  readonly reason: string;
}) => Promise<{ readonly runId: string }>;

const LIMIT_BYTES = 64 * 1024;
const MOST_REMEMBERED = 1_000;

/** What the retraining route needs. */
export interface RetrainOptions {
  readonly retrain: Retrain;
  readonly audit: AuditLog | undefined;
}

/** Adds `POST /retrain`: an operator starts a training run, once however often the request is sent. */
export function addRetrain(app: OpenAPIHono<Environment>, { retrain, audit }: RetrainOptions): void {
  const runs = new Map<string, { readonly reason: string; readonly run: Promise<{ readonly runId: string }> }>();
  const schema = z
    .strictObject({ reason: z.string().min(1).max(200).openapi({ description: "Why, for the run's record." }) })
    .openapi("RetrainRequest");
  const route = createRoute({
    method: "post",
    path: "/retrain",
    operationId: "retrain",
    summary: "Start a training run",
    description:
      "For operators. Needs the header idempotency-key: a request that is sent again with the same key starts nothing and gets the same answer.",
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
        description: "The run was started, now or by an earlier request with this key.",
        content: { "application/json": { schema: z.object({ runId: z.string(), started: z.boolean() }) } },
      },
      ...problems(400, 409, 413, 415, 422, 503),
      ...keyProblems,
    },
  });
  app.openAPIRegistry.register("RetrainRequest", schema);
  app.openapi(route, async (context) => {
    const token = context.req.header("idempotency-key") ?? "";
    if (!/^[A-Za-z0-9_-]{8,64}$/.test(token)) throw tokenInvalid();
    const body = parseJsonBytes(await readBody(context.req.raw, LIMIT_BYTES));
    const parsed = schema.safeParse(body);
    if (!parsed.success) throw refusedBody(parsed.error, body);
    const { reason } = parsed.data;
    const known = runs.get(token);
    if (known !== undefined && known.reason !== reason) {
      throw new Problem("idempotency_conflict", "This idempotency-key was used for another request. Use a new one.");
    }
    const run = known?.run ?? begin(token, reason);
    const { runId } = await run.catch((cause: unknown) => {
      runs.delete(token);
      throw new Problem("retrain_unavailable", "The run could not be started. Send the request again.", { cause });
    });
    if (known === undefined) {
      audit?.record({ who: context.get("exchange").caller.id, what: "retrain", about: { run: runId } });
    }
    return context.json({ runId, started: known === undefined }, 202);
  });

  function begin(token: string, reason: string): Promise<{ readonly runId: string }> {
    const run = retrain({ token, reason });
    runs.set(token, { reason, run });
    const [oldest] = runs.keys();
    if (runs.size > MOST_REMEMBERED && oldest !== undefined) runs.delete(oldest);
    return run;
  }
}

function tokenInvalid(): Problem {
  const allowed = "8 to 64 letters, digits, - or _";
  const message = `idempotency-key: Give the header ${allowed}, new for every run.`;
  const errors = [{ code: "header_invalid", path: "idempotency-key", message, allowed }];
  return new Problem("header_invalid", message, { errors });
}
