import { createRoute, type OpenAPIHono, z } from "@hono/zod-openapi";
import type { AuditLog } from "../audit/log";
import type { RecordSink } from "../capture/hourly-folder";
import { groundTruthRecord } from "../capture/record";
import type { Clock, Environment } from "./api";
import { parseJsonBytes, readBody } from "./body";
import { Problem } from "./problem";
import { refusedBody } from "./refused-body";
import { keyProblems, problems } from "./route-problems";

const LIMIT_BYTES = 64 * 1024;

/** What the feedback route needs. */
export interface FeedbackOptions {
  /** Where true outcomes go. */
  readonly sink: RecordSink;
  readonly audit: AuditLog | undefined;
  readonly clock: Clock;
  readonly task: "binary" | "regression";
}

/** Adds `POST /feedback`: the true outcome of a prediction, for the metrics that need labels. */
export function addFeedback(app: OpenAPIHono<Environment>, { sink, audit, clock, task }: FeedbackOptions): void {
  const schema = z
    .strictObject({
      predictionId: z
        .string()
        .regex(/^[A-Za-z0-9_-]{1,100}$/)
        .openapi({ description: "As the prediction gave it." }),
      outcome: task === "binary" ? z.boolean() : z.number(),
    })
    .openapi("Feedback");
  const allowed = {
    predictionId: "the prediction's id, 1 to 100 letters, digits, - or _",
    outcome: task === "binary" ? "true or false" : "a number",
  };
  const example = { predictionId: "5f0c2a86-8a4e-4a53-9d5c-3a1f0b7e6c21", outcome: task === "binary" ? true : 1200 };
  const route = createRoute({
    method: "post",
    path: "/feedback",
    operationId: "feedback",
    summary: "Tell what really happened",
    description:
      "Records the true outcome of one prediction, and answers only once it is on record; after a 503 send it again. Sending the same outcome twice changes nothing; of several for one prediction the last counts.",
    request: {
      body: {
        required: true,
        content: { "application/json": { schema: { $ref: "#/components/schemas/Feedback" }, example } },
      },
    },
    responses: {
      202: {
        description: "On record.",
        content: { "application/json": { schema: z.object({ predictionId: z.string(), recorded: z.literal(true) }) } },
      },
      ...problems(400, 413, 415, 422, 503),
      ...keyProblems,
    },
  });
  app.openAPIRegistry.register("Feedback", schema);
  app.openapi(route, async (context) => {
    const body = parseJsonBytes(await readBody(context.req.raw, LIMIT_BYTES));
    const parsed = schema.safeParse(body);
    if (!parsed.success) throw refusedBody(parsed.error, body, allowed);
    const { predictionId, outcome } = parsed.data;
    await sink.append(clock.now(), `${JSON.stringify(groundTruthRecord(predictionId, outcome))}\n`).catch(unrecorded);
    audit?.record({ who: context.get("exchange").caller.id, what: "feedback", about: { prediction: predictionId } });
    return context.json({ predictionId, recorded: true as const }, 202);
  });
}

function unrecorded(cause: unknown): never {
  const detail = "The outcome is not on record, because where outcomes are kept cannot be written now. Send it again.";
  throw new Problem("feedback_unavailable", detail, { cause, headers: { "retry-after": "5" } });
}
