import type { PastTraining } from "./decide";
import { startedBy } from "./description";

/** A run as SageMaker lists it. */
export interface ListedRun {
  readonly StartTime?: Date | undefined;
  readonly PipelineExecutionStatus?: string | undefined;
  readonly PipelineExecutionDescription?: string | undefined;
}

/** Trainings among runs of a pipeline, with what started them as their descriptions say. */
export function pastTrainings(runs: Iterable<ListedRun>): PastTraining[] {
  return [...runs].flatMap(
    ({ StartTime, PipelineExecutionStatus: status, PipelineExecutionDescription: description }) => {
      if (StartTime === undefined) return [];
      const trigger = startedBy(description)?.trigger;
      const underWay = status === "Executing" || status === "Stopping";
      return [{ startedAt: StartTime, underWay, ...(trigger === undefined ? {} : { trigger }) }];
    },
  );
}
