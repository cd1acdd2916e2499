import { ServiceError } from "../../../errors";
import { type ExecutionState, hasEnded } from "../../../executor/reducer/state";
import type { RoomDeps } from "../../../room";
import type { Collection } from "../../../state/store";
import { executionEvents } from "./execution-events";
import type { ExecutionRecord } from "./records";

/** The executions of all pipelines: one record each, kept in step with the executor. */
export class ExecutionCatalogue {
  private readonly records: Collection<ExecutionRecord>;

  constructor(private readonly deps: Pick<RoomDeps, "store" | "bus" | "clock">) {
    this.records = deps.store.collection("pipeline-executions");
  }

  /** An execution by ARN. @throws ServiceError ResourceNotFound */
  get(arn: string): ExecutionRecord {
    const found = this.records.get(arn.slice(arn.lastIndexOf("/") + 1));
    if (found && (found.arn === arn || found.id === arn)) return found;
    throw new ServiceError("ResourceNotFound", `Pipeline execution '${arn}' does not exist`);
  }

  /** Executions of a pipeline. */
  of(pipelineName: string): ExecutionRecord[] {
    return this.records.values().filter((record) => record.pipelineName === pipelineName);
  }

  /** Executions that had not ended when they were last written. */
  running(): ExecutionRecord[] {
    return this.records.values().filter(({ status }) => status === "Executing" || status === "Stopping");
  }

  /** Keeps an execution. */
  put(record: ExecutionRecord): Promise<void> {
    return this.records.put(record.id, record);
  }

  /** Follows the executor: the record gets the new status, EventBridge hears of everything that changed. */
  changed(before: ExecutionState | undefined, after: ExecutionState): void {
    const record = this.records.get(after.identity.executionId);
    if (record && record.status !== after.status) {
      const { failureReason: _gone, ...kept } = record;
      const updated = {
        ...kept,
        status: after.status,
        modifiedAt: hasEnded(after) ? (after.endedAt ?? record.modifiedAt) : this.deps.clock.now().getTime(),
        ...(after.failureReason !== undefined && { failureReason: after.failureReason }),
      };
      // The journal is the truth: should this write be lost, the next opening makes it again.
      void this.put(updated).catch(() => undefined);
    }
    for (const event of executionEvents(before, after, record?.displayName ?? "")) this.deps.bus.publish(event);
  }

  /** An execution that has no journal (it is gone, or could not be written) never runs. */
  async lost(id: string, failureReason = "The journal of this execution is missing or damaged."): Promise<void> {
    const record = this.records.get(id);
    if (!record) return;
    await this.put({ ...record, status: "Failed", failureReason, modifiedAt: this.deps.clock.now().getTime() });
  }

  /** Forgets the executions of a pipeline. */
  async deleteOf(pipelineName: string): Promise<ExecutionRecord[]> {
    const gone = this.of(pipelineName);
    await Promise.all(gone.map(({ id }) => this.records.delete(id)));
    return gone;
  }
}
