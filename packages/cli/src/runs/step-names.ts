import type { PipelineDefinition } from "@sagewright/pipeline";

interface DefinedStep {
  Name: string;
  Type: string;
  Arguments?: { IfSteps?: DefinedStep[]; ElseSteps?: DefinedStep[] };
}

/** Steps of a definition in the order they read; those of a branch come once it is taken, so they are left out here. */
export function stepNames(definition: PipelineDefinition): string[] {
  return (definition.Steps as unknown as DefinedStep[]).map((step) => step.Name);
}

/** Names of the steps of one kind, branches included. */
export function stepsOfType(definition: PipelineDefinition, type: string): string[] {
  const within = (steps: DefinedStep[]): DefinedStep[] =>
    steps.flatMap((step) => [
      step,
      ...within(step.Arguments?.IfSteps ?? []),
      ...within(step.Arguments?.ElseSteps ?? []),
    ]);
  return within(definition.Steps as unknown as DefinedStep[])
    .filter((step) => step.Type === type)
    .map((step) => step.Name);
}
