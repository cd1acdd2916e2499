import type { EventBus } from "../event-bus";
import type { Store } from "../state/store";
import { cacheKeyOf } from "./cache-key";
import { JobWatch } from "./job-watch";
import { type ExecutionObserver, LiveExecution } from "./live-execution";
import { Performer, type PerformerDeps } from "./performer";
import { pendingCommands, replay } from "./reducer/advance";
import type { Command } from "./reducer/commands";
import { plannedStep, resolvedStep } from "./reducer/draft";
import type { ExecutionEvent, StartedEvent } from "./reducer/events";
import { type ExecutionState, hasEnded, type StepState } from "./reducer/state";
import { StepCache } from "./step-cache";
import { stepKinds } from "./steps";
import { isControl } from "./steps/step-kind";

/** What the executor needs of the cloud. */
export interface ExecutorDeps extends Omit<PerformerDeps, "watch" | "cache" | "signal"> {
  readonly store: Store;
  readonly bus: EventBus;
  /** Told of every change of every execution. */
  readonly onChange: (before: ExecutionState | undefined, after: ExecutionState) => void;
}

/** How many ended executions are kept in memory after someone looked at them. */
const keptEnded = 16;

/** The executor's shell: journals, performs what the reducer asks for, and goes on after a crash. */
export class Executor {
  readonly cache: StepCache;
  private readonly watch: JobWatch;
  private readonly performer: Performer;
  private readonly aborted = new AbortController();
  private readonly live = new Map<string, LiveExecution>();
  private readonly ended = new Map<string, ExecutionState>();

  constructor(private readonly deps: ExecutorDeps) {
    this.watch = new JobWatch(deps.bus);
    this.cache = new StepCache(deps.store.collection("step-cache"), deps.objects);
    this.performer = new Performer({ ...deps, watch: this.watch, cache: this.cache, signal: this.aborted.signal });
  }

  /** Begins an execution. Resolves when its first event is in the journal. */
  async start(event: StartedEvent): Promise<void> {
    await this.open(event.identity.executionId, undefined).deliver(event);
  }

  /**
   * Goes on with an execution that a process left behind: its journal is replayed and what was still to be done is done.
   * @returns false when the journal holds nothing
   */
  resume(executionId: string): boolean {
    if (this.live.has(executionId)) return true;
    const state = replay(this.journal(executionId).read());
    if (!state) return false;
    this.keepSuccesses(undefined, state);
    if (hasEnded(state)) {
      this.remember(state);
      this.deps.onChange(state, state);
    } else {
      const execution = this.open(executionId, state);
      this.perform(pendingCommands(state), execution);
    }
    return true;
  }

  /** Stops an execution. False when it has ended. */
  async stop(executionId: string): Promise<boolean> {
    const execution = this.live.get(executionId);
    if (!execution?.present || hasEnded(execution.present)) return false;
    await execution.deliver({ type: "stop", at: this.now() });
    return true;
  }

  /** Runs again what failed or was stopped in an execution that has ended. False when it still runs, succeeded or is unknown. */
  async retry(executionId: string, maxParallelSteps?: number): Promise<boolean> {
    const state = this.state(executionId);
    if (!state || !hasEnded(state) || state.status === "Succeeded") return false;
    const limit = maxParallelSteps === undefined ? {} : { maxParallelSteps };
    await this.open(executionId, state).deliver({ type: "retry", at: this.now(), ...limit });
    return true;
  }

  /** An execution's state, whether it runs or has ended. */
  state(executionId: string): ExecutionState | undefined {
    const live = this.live.get(executionId);
    if (live) return live.present;
    const known = this.ended.get(executionId);
    if (known) return known;
    const journal = this.journal(executionId);
    const state = replay(journal.read());
    journal.close();
    if (state) this.remember(state);
    return state;
  }

  /** Resolves when an execution has ended. */
  async settled(executionId: string): Promise<ExecutionState | undefined> {
    return this.live.get(executionId)?.ended() ?? this.state(executionId);
  }

  /** Forgets an execution's state in memory. */
  forget(executionId: string): void {
    this.ended.delete(executionId);
  }

  /** Stands still. Executions that run go on when the state folder is opened again. */
  async close(): Promise<void> {
    this.aborted.abort();
    this.watch.close();
    for (const execution of this.live.values()) execution.close();
    await this.cache.settled();
  }

  private open(executionId: string, state: ExecutionState | undefined): LiveExecution {
    const observer: ExecutionObserver = {
      changed: (before, after) => this.changed(before, after),
      commanded: (commands, execution) => this.perform(commands, execution),
    };
    const execution = new LiveExecution(state, this.journal(executionId), observer);
    this.live.set(executionId, execution);
    this.ended.delete(executionId);
    return execution;
  }

  private perform(commands: readonly Command[], execution: LiveExecution): void {
    for (const command of commands) void this.performer.perform(command, execution);
  }

  private changed(before: ExecutionState | undefined, after: ExecutionState): void {
    this.keepSuccesses(before, after);
    if (hasEnded(after)) {
      this.live.delete(after.identity.executionId);
      this.remember(after);
    }
    this.deps.onChange(before, after);
  }

  private keepSuccesses(before: ExecutionState | undefined, after: ExecutionState): void {
    for (const [name, step] of Object.entries(after.steps)) {
      if (step.phase !== "succeeded" || step === before?.steps[name] || step.attempt === 0) continue;
      if (step.cache?.hit === true || step.reusedFrom !== undefined) continue;
      this.keep(after, name, step);
    }
  }

  private keep(state: ExecutionState, name: string, step: StepState): void {
    const { definition } = plannedStep(state, name);
    const kind = stepKinds.get(definition.Type);
    if (!kind || isControl(kind) || !step.properties) return;
    const attributes = cacheKeyOf(resolvedStep(state, name, step.attempt));
    if (!attributes) return;
    this.cache.keep(
      {
        pipelineName: state.identity.pipelineName,
        step: name,
        kind: definition.Type,
        attributes,
        executionArn: state.identity.executionArn,
        endedAt: step.endedAt ?? state.startedAt,
        properties: step.properties,
        ...(step.arn !== undefined && { arn: step.arn }),
      },
      kind.outputs(step.properties),
    );
  }

  private remember(state: ExecutionState): void {
    this.ended.set(state.identity.executionId, state);
    const [oldest] = this.ended.keys();
    if (this.ended.size > keptEnded && oldest !== undefined) this.ended.delete(oldest);
  }

  private journal(executionId: string) {
    return this.deps.store.journal<ExecutionEvent>(`executions/${executionId}/journal`);
  }

  private now(): number {
    return this.deps.clock.now().getTime();
  }
}
