import { execution } from "../expressions/execution";
import { type Expression, fromContext } from "../expressions/expression";
import { join } from "../expressions/join";

/** Where an output of a step goes: `s3://bucket/runs/<pipeline>/<execution>/<step>/<output>`. */
export function outputUri(stepName: string, outputName: string): Expression<string> {
  return join("/", [
    "s3:/",
    fromContext(({ target }) => target.bucket),
    "runs",
    fromContext(({ pipelineName }) => pipelineName),
    execution.PipelineExecutionId,
    stepName,
    outputName,
  ]);
}

/** Where checkpoints of a step live. Free of the execution id: CheckpointConfig is part of the cache key, and a retry must find them. */
export function checkpointUri(stepName: string): Expression<string> {
  return fromContext(({ target, pipelineName }) => `s3://${target.bucket}/checkpoints/${pipelineName}/${stepName}`);
}

/** The role of the compile target. */
export const targetRole: Expression<string> = fromContext(({ target }) => target.roleArn);
