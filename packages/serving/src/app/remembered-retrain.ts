import { z } from "zod";
import { IdempotencyConflictError, RetrainRefusedError, ServingError } from "../errors";
import { readIfThere, withLock, writeDurably } from "../files/durable";
import type { Retrain, RetrainRun } from "./retrain";

const MOST_REMEMBERED = 1_000;

/** How a retraining is planned and started. */
export interface RememberedRetrainOptions {
  /** The file in which requests are remembered. */
  readonly path: string;
  /** What a new request stands for: which pipeline, with which parameters. Throws RetrainRefusedError when there is nothing. */
  readonly plan: () => Promise<RetrainPlan>;
  /** Starts the planned run. The same token and plan must give the same run, as a client request token makes sure of. */
  readonly start: (request: {
    readonly token: string;
    readonly reason: string;
    readonly plan: RetrainPlan;
  }) => Promise<RetrainRun & { readonly runId: string }>;
  /** @default the system's clock */
  readonly now?: () => Date;
}

/** A run to start. */
export type RetrainPlan = z.infer<typeof planSchema>;

const planSchema = z.object({ pipeline: z.string(), parameters: z.record(z.string(), z.string()) });

const fileSchema = z.object({
  format: z.literal(1),
  requests: z.array(
    z.object({
      token: z.string(),
      reason: z.string(),
      at: z.string(),
      plan: planSchema,
      /** Absent until the run has been started. */
      run: z.object({ runId: z.string(), executionArn: z.string().optional() }).optional(),
    }),
  ),
});

type Remembered = z.infer<typeof fileSchema>["requests"][number];

/**
 * A retraining that starts one run for each token, whatever happens to the server in between: a request is on disk with its
 * plan before its run is started, and a request that broke off is started with that very plan when it is sent again. The
 * last {@link MOST_REMEMBERED} requests are remembered.
 */
export function rememberedRetrain({ path, plan, start, now = () => new Date() }: RememberedRetrainOptions): Retrain {
  return async ({ token, reason }) => {
    const request = await change(path, async (requests) => {
      const known = requests.find((each) => each.token === token);
      if (known !== undefined) return [known, requests];
      const fresh: Remembered = { token, reason, at: now().toISOString(), plan: await plan() };
      return [fresh, [...requests, fresh].slice(-MOST_REMEMBERED)];
    });
    if (request.reason !== reason) throw new IdempotencyConflictError();
    if (request.run !== undefined) return { ...shown(request.run), started: false };
    try {
      const run = await start({ token, reason, plan: request.plan });
      await change(path, async (requests) => [
        run,
        requests.map((each) => (each.token === token ? { ...each, run } : each)),
      ]);
      return { ...run, started: true };
    } catch (error) {
      if (error instanceof RetrainRefusedError) {
        await change(path, async (requests) => [undefined, requests.filter((each) => each.token !== token)]);
      }
      throw error;
    }
  };
}

function shown({ runId, executionArn }: NonNullable<Remembered["run"]>): RetrainRun {
  return { runId, ...(executionArn === undefined ? {} : { executionArn }) };
}

/** Reads the requests, lets `work` change them, and writes them when it did; one process at a time. */
async function change<T>(
  path: string,
  work: (requests: readonly Remembered[]) => Promise<[result: T, requests: readonly Remembered[]]>,
): Promise<T> {
  return withLock(`${path}.lock`, async () => {
    const before = read(path, await readIfThere(path));
    const [result, requests] = await work(before);
    if (requests !== before) await writeDurably(path, `${JSON.stringify({ format: 1, requests }, null, 2)}\n`);
    return result;
  });
}

function read(path: string, text: string | undefined): readonly Remembered[] {
  if (text === undefined) return [];
  try {
    return fileSchema.parse(JSON.parse(text)).requests;
  } catch (cause) {
    const remedy = "Restore it, or remove it if no request will be sent again.";
    throw new ServingError("retrains_unreadable", `${path} is not a record of retrainings. ${remedy}`, { cause });
  }
}
