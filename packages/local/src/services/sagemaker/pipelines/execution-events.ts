import type { CloudEvent } from "../../../event-bus";
import { planOf } from "../../../executor/reducer/plan";
import { type ExecutionState, hasEnded } from "../../../executor/reducer/state";
import { stepMetadata, stepStatus } from "./step-view";

/** What EventBridge hears of a change: the execution's status, then each step's. */
export function executionEvents(
  before: ExecutionState | undefined,
  after: ExecutionState,
  displayName: string,
): CloudEvent[] {
  const steps = planOf(after.definition).order.flatMap((name) => stepEvent(before, after, name) ?? []);
  if (before?.status === after.status) return steps;
  const own = executionEvent(before, after, displayName);
  // An execution ends after its last step.
  return hasEnded(after) ? [...steps, own] : [own, ...steps];
}

function executionEvent(
  before: ExecutionState | undefined,
  after: ExecutionState,
  pipelineExecutionDisplayName: string,
): CloudEvent {
  const { pipelineArn, executionArn } = after.identity;
  return {
    source: "aws.sagemaker",
    detailType: "SageMaker Model Building Pipeline Execution Status Change",
    time: new Date(after.endedAt ?? after.startedAt),
    resources: [pipelineArn, executionArn],
    detail: {
      pipelineExecutionDisplayName,
      currentPipelineExecutionStatus: after.status,
      ...(before && { previousPipelineExecutionStatus: before.status }),
      executionStartTime: new Date(after.startedAt).toISOString(),
      ...(after.endedAt !== undefined && { executionEndTime: new Date(after.endedAt).toISOString() }),
      pipelineArn,
      pipelineExecutionArn: executionArn,
    },
  };
}

function stepEvent(before: ExecutionState | undefined, after: ExecutionState, name: string): CloudEvent | undefined {
  const step = after.steps[name];
  const earlier = before?.steps[name];
  const status = step && stepStatus(step);
  const previous = earlier && stepStatus(earlier);
  if (!step || status === undefined || status === previous) return undefined;
  const { pipelineArn, executionArn } = after.identity;
  return {
    source: "aws.sagemaker",
    detailType: "SageMaker Model Building Pipeline Execution Step Status Change",
    time: new Date(step.endedAt ?? step.startedAt ?? after.startedAt),
    resources: [pipelineArn, executionArn],
    detail: {
      metadata: lowerFirst(stepMetadata(after, name)),
      ...(step.failureReason !== undefined && { failureReason: step.failureReason }),
      stepStartTime: new Date(step.startedAt ?? after.startedAt).toISOString(),
      ...(step.endedAt !== undefined && { stepEndTime: new Date(step.endedAt).toISOString() }),
      stepName: name,
      stepType: planOf(after.definition).steps.get(name)?.definition.Type,
      ...(step.cache?.hit && { cacheHitResult: { sourcePipelineExecutionArn: step.cache.sourceExecutionArn } }),
      ...(previous !== undefined && { previousStepStatus: previous }),
      currentStepStatus: status,
      pipelineArn,
      pipelineExecutionArn: executionArn,
    },
  };
}

/** EventBridge writes members in lower camel case. */
function lowerFirst(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(lowerFirst);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [key.charAt(0).toLowerCase() + key.slice(1), lowerFirst(member)]),
  );
}
