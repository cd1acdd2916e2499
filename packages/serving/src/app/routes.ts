import { createRoute, z } from "@hono/zod-openapi";
import type { Contract } from "@sagewright/contract";
import { MOST_ROWS } from "../batch/json-batch";
import {
  type AnswerSchema,
  batchAnswerSchema,
  churnAnswerSchema,
  valueAnswerSchema,
  valuedChurnAnswerSchema,
} from "./answer";
import type { CustomerForm } from "./customer";
import { csvHeader, requestExamples } from "./examples";
import { modelAnswerSchema } from "./model-card";
import { keyProblems, problems } from "./route-problems";

const JSON_TYPE = "application/json";

/** Every route with its schemas: what is served and what the OpenAPI document says are the same objects. */
export function routesOf(form: CustomerForm) {
  const answer = answerSchema(form);
  const examples = requestExamples(form);
  const customer = { $ref: "#/components/schemas/Customer" };
  return {
    predict: createRoute({
      method: "post",
      path: "/predict",
      operationId: "predict",
      summary: "Predict one customer",
      description:
        "Checks the customer against the contract and answers with the prediction, the decision and its drivers.",
      parameters: [driversParameter("as many as the policy says")],
      request: { body: { required: true, content: { [JSON_TYPE]: { schema: customer, ...examples.customer } } } },
      responses: {
        200: content("The prediction.", answer),
        ...problems(400, 413, 415, 422, 503),
        ...keyProblems,
      },
    }),
    predictBatch: createRoute({
      method: "post",
      path: "/predict/batch",
      operationId: "predictBatch",
      summary: "Predict many customers",
      description: `Answers every row in order. A row that does not keep the contract gets its problem beside the others' predictions, so the status is 200 as long as the body is a batch. A JSON list has up to ${MOST_ROWS} rows and is answered as a whole; CSV (with a header line) and newline-delimited JSON may be of any length and are answered line by line while they arrive, in the kind that they came in unless \`accept\` asks for the other. A problem of the whole batch after its first row is the last line, without a line number. However many rows it has, a batch is one request of the key's rate.`,
      parameters: [driversParameter("none")],
      request: {
        body: {
          required: true,
          content: {
            [JSON_TYPE]: {
              schema: {
                type: "array" as const,
                minItems: 1,
                maxItems: MOST_ROWS,
                items: { description: "A customer; see the schema Customer." },
              },
              ...examples.list,
            },
            "application/x-ndjson": {
              schema: { type: "string" as const, pattern: "\\S" },
              ...examples.ndjson,
            },
            "text/csv": { schema: csvSchema(form.contract), ...examples.csv },
          },
        },
      },
      responses: {
        200: {
          description: "One result per row.",
          content: {
            [JSON_TYPE]: { schema: batchAnswerSchema(answer) },
            "application/x-ndjson": { schema: z.string() },
            "text/csv": { schema: z.string() },
          },
        },
        ...problems(400, 413, 415, 422, 503),
        ...keyProblems,
      },
    }),
    health: createRoute({
      method: "get",
      path: "/health",
      operationId: "health",
      summary: "Whether predictions are answered now",
      responses: {
        200: content("Ready.", z.object({ status: z.literal("ready"), modelVersion: z.string() })),
        ...problems(503),
      },
    }),
    model: createRoute({
      method: "get",
      path: "/model",
      operationId: "model",
      summary: "The served model and its contract",
      responses: { 200: content("The model.", modelAnswerSchema), ...keyProblems },
    }),
    stats: createRoute({
      method: "get",
      path: "/stats",
      operationId: "stats",
      summary: "Counters since the start",
      responses: { 200: content("The counters.", statsSchema), ...keyProblems },
    }),
    metrics: createRoute({
      method: "get",
      path: "/metrics",
      operationId: "metrics",
      summary: "The counters in Prometheus' text format",
      responses: {
        200: { description: "The counters.", content: { "text/plain": { schema: z.string() } } },
        ...keyProblems,
      },
    }),
  };
}

/** The schema of an answer to one customer. */
function answerSchema({ own, lifetimeValue }: CustomerForm): AnswerSchema {
  if (own.target.kind === "regression") return valueAnswerSchema;
  return lifetimeValue === undefined ? churnAnswerSchema : valuedChurnAnswerSchema;
}

const tierShares = z.array(z.object({ tier: z.string(), count: z.int(), share: z.number() }));

const statsSchema = z
  .object({
    since: z.string(),
    modelVersion: z.string(),
    predictions: z.int(),
    refusedRows: z.int(),
    failedRows: z.int(),
    mean: z.number().nullable().openapi({ description: "Mean probability, or mean value of a regression." }),
    tiers: tierShares,
    lifetimeValue: z
      .object({ valued: z.int(), mean: z.number().nullable(), tiers: tierShares })
      .optional()
      .openapi({ description: "Predictions with a lifetime value, where a model of it is served." }),
    capture: z.object({ written: z.int(), dropped: z.int() }).optional().openapi({
      description: "Sampled predictions that were written, and that were lost, where predictions are captured.",
    }),
    latencyMs: z.object({
      mean: z.number().nullable(),
      p50: z.number().nullable(),
      p95: z.number().nullable(),
      p99: z.number().nullable(),
    }),
  })
  .openapi("Statistics");

function content<Schema extends z.ZodType>(description: string, schema: Schema) {
  return { description, content: { [JSON_TYPE]: { schema } } };
}

/** A CSV body: the header in the contract's order (any order is taken), then any records. */
function csvSchema(contract: Contract) {
  const header = csvHeader(contract).replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
  return {
    type: "string" as const,
    pattern: `^${header}\\n[^\\u0000]*[A-Za-z0-9][^\\u0000]*$`,
    description: "A header line with the columns of a customer in any order, and a line for each customer.",
  };
}

function driversParameter(otherwise: string) {
  return {
    name: "drivers",
    in: "query" as const,
    required: false,
    description: `How many drivers to report; without it ${otherwise}.`,
    schema: { type: "integer" as const, minimum: 0, maximum: 100 },
  };
}
