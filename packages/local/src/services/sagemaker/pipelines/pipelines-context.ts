import type { Executor } from "../../../executor/executor";
import type { RoomDeps } from "../../../room";
import type { ExecutionCatalogue } from "./execution-catalogue";
import type { PipelineCatalogue } from "./pipeline-catalogue";

/** What the room's operations share. */
export interface PipelinesContext {
  readonly deps: RoomDeps;
  readonly pipelines: PipelineCatalogue;
  readonly executions: ExecutionCatalogue;
  readonly executor: Executor;
  readonly newExecutionId: () => string;
}
