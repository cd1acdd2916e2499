import { arrange } from "./arrange";
import type { Asset, CodeAsset } from "./assets/code-asset";
import type { Json, ParameterSpec, PipelineDefinition } from "./definition";
import { InvalidDefinitionError } from "./errors";
import type { RenderContext } from "./expressions/expression";
import { render, renderStep } from "./expressions/render";
import { type Issue, issue, show } from "./issue";
import type { Pipeline } from "./pipeline";
import { printDefinition } from "./print";
import { localTarget, type Target } from "./target";
import { placeTraining } from "./training-placement";
import { validateDefinition } from "./validate/validate-definition";

/** A pipeline ready to publish. */
export interface Compiled {
  readonly name: string;
  readonly definition: PipelineDefinition;
  /** The definition as text: same source and target, same bytes. */
  readonly json: string;
  /** Code to upload before the pipeline starts. */
  readonly assets: readonly Asset[];
  readonly parameters: readonly ParameterSpec[];
}

/**
 * Compiles a pipeline for a target. Pure: no network, clock, randomness or credentials.
 * @throws {InvalidDefinitionError} with every issue, when the definition breaks a rule of the service.
 */
export function compile(pipeline: Pipeline, target: Target = localTarget): Compiled {
  const assets = new Map<string, Asset>();
  const context: RenderContext = {
    target,
    pipelineName: pipeline.name,
    include: (asset: CodeAsset) => {
      const objects = assets.get(asset.digest) ?? asset.objects(target);
      assets.set(asset.digest, objects);
      return objects.uri;
    },
  };
  const definition = envelope(pipeline, context);
  if (target.training !== undefined) placeTraining(definition, target.training);
  const issues = [...nameIssues(pipeline.name), ...forgottenSteps(pipeline), ...validateDefinition(definition)];
  if (issues.length > 0) throw new InvalidDefinitionError(pipeline.name, issues);
  return {
    name: pipeline.name,
    definition,
    json: printDefinition(definition),
    assets: [...assets.values()].sort((a, b) => (a.digest < b.digest ? -1 : 1)),
    parameters: definition.Parameters ?? [],
  };
}

function envelope(pipeline: Pipeline, context: RenderContext): PipelineDefinition {
  const { experiment, mlflow, metadata } = pipeline.options;
  const parts: Record<string, Json> = {
    Version: "2020-12-01",
    Metadata: (metadata ?? {}) as Json,
    Parameters: pipeline.parameters.map(({ spec }) => spec) as unknown as Json,
    PipelineExperimentConfig: experiment
      ? render({ ExperimentName: experiment.name, TrialName: experiment.trial }, context)
      : null,
  };
  if (mlflow) {
    parts.MlflowConfig = render(
      { MlflowResourceArn: mlflow.resourceArn, MlflowExperimentName: mlflow.experimentName },
      context,
    );
  }
  parts.Steps = arrange(pipeline.ends).top.map((step) => renderStep(step, context)) as unknown as Json;
  return parts as unknown as PipelineDefinition;
}

function nameIssues(name: string): Issue[] {
  if (/^[a-zA-Z0-9](-*[a-zA-Z0-9]){0,255}$/.test(name)) return [];
  const rule = "1 to 256 letters, digits and '-', beginning and ending with a letter or digit";
  return [issue("pipeline_name", "", `${show(name)} is no pipeline name. Use ${rule}.`, { received: name })];
}

function forgottenSteps(pipeline: Pipeline): Issue[] {
  const { all } = arrange(pipeline.ends);
  return [...pipeline.created]
    .filter((step) => !all.has(step))
    .map((step) =>
      issue(
        "step_forgotten",
        "Steps",
        `The pipeline's function makes the step '${step.name}', but neither returns it nor uses a result of it. Return it, or remove it.`,
        { step: step.name },
      ),
    );
}
