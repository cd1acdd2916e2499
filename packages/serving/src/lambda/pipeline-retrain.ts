import { createHash } from "node:crypto";
import {
  DescribePipelineExecutionCommand,
  SageMakerClient,
  StartPipelineExecutionCommand,
} from "@aws-sdk/client-sagemaker";
import type { Retrain } from "../app/retrain";
import { IdempotencyConflictError, RetrainRefusedError } from "../errors";

/** What a function starts to train again. */
export interface PipelineRetrainOptions {
  /** Name of the model, whose runs a token is told apart by. */
  readonly model: string;
  readonly pipeline: string;
  /** @default every parameter has its default */
  readonly parameters?: Readonly<Record<string, string>>;
  /** @default a client of the function's own account */
  readonly client?: Pick<SageMakerClient, "send">;
  readonly now?: () => Date;
}

/** The clocks of this process and the service may differ by so much. */
const CLOCK_SKEW_MS = 1_000;

/**
 * Starts a pipeline, once for each token: the service remembers it. The same token as `sagewright serve` sends means the
 * same run.
 */
export function pipelineRetrain({
  model,
  pipeline,
  parameters = {},
  client = new SageMakerClient({}),
  now = () => new Date(),
}: PipelineRetrainOptions): Retrain {
  return async ({ token, reason }) => {
    const asked = now().getTime();
    const description = `Retraining of ${model}: ${reason}`;
    const start = new StartPipelineExecutionCommand({
      PipelineName: pipeline,
      ClientRequestToken: createHash("sha256").update(`${model} ${token}`).digest("hex"),
      PipelineExecutionDescription: description,
      PipelineParameters: Object.entries(parameters).map(([Name, Value]) => ({ Name, Value })),
    });
    const { PipelineExecutionArn = "" } = await client.send(start).catch((cause: Error) => {
      if (cause.name !== "ResourceNotFound" && cause.name !== "ValidationException") throw cause;
      throw new RetrainRefusedError(`The pipeline ${pipeline} cannot be started: ${cause.message}`, { cause });
    });
    const found = await client.send(new DescribePipelineExecutionCommand({ PipelineExecutionArn }));
    if (found.PipelineExecutionDescription !== description) throw new IdempotencyConflictError();
    const began = found.CreationTime?.getTime() ?? asked;
    const runId = PipelineExecutionArn.split("/").at(-1) ?? PipelineExecutionArn;
    return { runId, executionArn: PipelineExecutionArn, started: began >= asked - CLOCK_SKEW_MS };
  };
}
