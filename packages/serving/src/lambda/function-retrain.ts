import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { z } from "zod";
import type { Retrain } from "../app/retrain";
import { IdempotencyConflictError, RetrainRefusedError } from "../errors";

/** Which function is asked for a training. */
export interface FunctionRetrainOptions {
  /** The one that `@sagewright/monitoring` bundles as `retrain`: it holds the rules, the data and the keys. */
  readonly functionName: string;
  /** @default a client of the function's own account */
  readonly client?: Pick<LambdaClient, "send">;
  readonly now?: () => Date;
}

/** Of `@sagewright/monitoring`, `RETRAINING_EVENT`. */
const ASKED = { source: "sagewright.retraining", "detail-type": "Sagewright Retraining Asked For" } as const;

const answerSchema = z.union([
  z.object({ run: z.object({ executionArn: z.string(), started: z.boolean() }) }),
  z.object({ accepted: z.object({ started: z.boolean() }) }),
  z.object({ refused: z.string() }),
  z.object({ conflict: z.literal(true) }),
]);

/** Asks the function that starts every training: one run for each token, by the rules and on the data that every start has. */
export function functionRetrain({
  functionName,
  client = new LambdaClient({}),
  now = () => new Date(),
}: FunctionRetrainOptions): Retrain {
  return async ({ token, reason }) => {
    const event = { ...ASKED, time: now().toISOString(), detail: { key: token, reason } };
    const { FunctionError, Payload } = await client.send(
      new InvokeCommand({ FunctionName: functionName, Payload: Buffer.from(JSON.stringify(event)) }),
    );
    const text = Buffer.from(Payload ?? []).toString("utf8");
    if (FunctionError !== undefined)
      throw new Error(`${functionName} failed (${FunctionError}): ${text.slice(0, 500)}`);
    const answer = answerSchema.parse(JSON.parse(text));
    if ("conflict" in answer) throw new IdempotencyConflictError();
    if ("refused" in answer) throw new RetrainRefusedError(`No training starts: ${answer.refused}`);
    if ("accepted" in answer) return answer.accepted;
    const { executionArn, started } = answer.run;
    return { runId: executionArn.split("/").at(-1) ?? executionArn, executionArn, started };
  };
}
