import { type Expression, expressionOf } from "./expression";

/** Names the service gives a value in every execution. */
export const executionVariables = [
  "StartDateTime",
  "CurrentDateTime",
  "PipelineName",
  "PipelineArn",
  "PipelineExecutionId",
  "PipelineExecutionArn",
  "TrainingJobName",
  "ProcessingJobName",
] as const;

/** Name of an execution variable. */
export type ExecutionVariable = (typeof executionVariables)[number];

/** Facts about the running execution: `execution.PipelineExecutionId`. */
export const execution: { readonly [K in ExecutionVariable]: Expression<string> } = Object.fromEntries(
  executionVariables.map((name) => [
    name,
    expressionOf<string>({ steps: [], render: () => ({ Get: `Execution.${name}` }) }),
  ]),
) as { readonly [K in ExecutionVariable]: Expression<string> };
