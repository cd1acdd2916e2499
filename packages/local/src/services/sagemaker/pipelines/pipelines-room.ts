import { randomBytes } from "node:crypto";
import { Executor } from "../../../executor/executor";
import type { Room, RoomDeps } from "../../../room";
import { ExecutionCatalogue } from "./execution-catalogue";
import { executionOperations } from "./execution-operations";
import { PipelineCatalogue } from "./pipeline-catalogue";
import { pipelineOperations } from "./pipeline-operations";
import { startOperations } from "./start-operations";

/** What the room needs besides the usual. */
export interface PipelinesRoomDeps extends RoomDeps {
  /** Makes the last part of an execution's ARN: twelve of a-z0-9. @default random */
  readonly newExecutionId?: () => string;
}

/** The room, and the executor in it for tests that wait. */
export interface PipelinesRoom extends Room {
  readonly executor: Executor;
}

/** Pipelines and their executions. */
export function pipelinesRoom(deps: PipelinesRoomDeps): PipelinesRoom {
  const pipelines = new PipelineCatalogue(deps);
  const executions = new ExecutionCatalogue(deps);
  const executor = new Executor({ ...deps, onChange: (before, after) => executions.changed(before, after) });
  const room = { deps, pipelines, executions, executor, newExecutionId: deps.newExecutionId ?? randomExecutionId };
  return {
    executor,
    operations: { ...pipelineOperations(room), ...startOperations(room), ...executionOperations(room) },
    async recover() {
      for (const { id } of executions.running()) {
        if (!executor.resume(id)) await executions.lost(id);
      }
    },
    close: () => executor.close(),
  };
}

const letters = "abcdefghijklmnopqrstuvwxyz0123456789";

function randomExecutionId(): string {
  return Array.from(randomBytes(12), (byte) => letters[byte % letters.length]).join("");
}
