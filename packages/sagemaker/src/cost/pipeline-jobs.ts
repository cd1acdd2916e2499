import { allSteps, isGet, type PipelineDefinition, parseReference } from "@sagewright/pipeline";

/** Jobs of one kind that a run of a pipeline starts. */
export interface PipelineJobs {
  readonly step: string;
  readonly instance: string;
  /** Machines over all jobs of the step: jobs times machines of each. */
  readonly machines: number;
  readonly spot: boolean;
}

/** The jobs that one run of a pipeline starts when nothing is cached; of a condition, both branches. */
export function pipelineJobs(definition: PipelineDefinition): PipelineJobs[] {
  const settled = (value: unknown) => defaultOf(definition, value);
  return allSteps(definition).flatMap(({ step }): PipelineJobs[] => {
    const request = step.Arguments as unknown;
    const [job, jobs] =
      step.Type === "Tuning"
        ? [
            at(request, "TrainingJobDefinition"),
            settled(at(request, "HyperParameterTuningJobConfig", "ResourceLimits", "MaxNumberOfTrainingJobs")),
          ]
        : [request, 1];
    const cluster =
      at(job, "ResourceConfig") ?? at(job, "ProcessingResources", "ClusterConfig") ?? at(job, "TransformResources");
    const instance = settled(at(cluster, "InstanceType"));
    if (typeof instance !== "string") return [];
    const count = settled(at(cluster, "InstanceCount"));
    const machines = (typeof jobs === "number" ? jobs : 1) * (typeof count === "number" ? count : 1);
    return [{ step: step.Name, instance, machines, spot: at(job, "EnableManagedSpotTraining") === true }];
  });
}

/** A literal as it is, a parameter by its default. */
function defaultOf({ Parameters = [] }: PipelineDefinition, value: unknown): unknown {
  if (!isGet(value)) return value;
  const reference = parseReference(value.Get);
  if (reference.kind !== "parameter") return undefined;
  return Parameters.find(({ Name }) => Name === reference.name)?.DefaultValue;
}

function at(value: unknown, ...path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (inner, key) => (typeof inner === "object" && inner !== null ? (inner as Record<string, unknown>)[key] : undefined),
    value,
  );
}
