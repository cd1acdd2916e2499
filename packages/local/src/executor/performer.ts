import type { JsonObject } from "@sagewright/pipeline";
import type { Clock } from "../clock";
import type { Invoke } from "../invoke";
import type { Objects } from "../services/s3/objects";
import { isAlreadyThere, jobFailure, messageOf, refusalOf } from "./exceptions";
import { isJobEnd, type JobWatch } from "./job-watch";
import { readValues } from "./read-values";
import type { Command, ServiceCall } from "./reducer/commands";
import { commandOf, plannedStep } from "./reducer/draft";
import type { ExecutionEvent } from "./reducer/events";
import type { ExecutionState } from "./reducer/state";
import type { StepCache } from "./step-cache";
import { StepFailure } from "./step-failure";
import { stepKinds } from "./steps";
import { type CallKind, isControl, type ServiceAnswer } from "./steps/step-kind";

/** What performing commands needs. */
export interface PerformerDeps {
  readonly invoke: Invoke;
  readonly objects: Objects;
  readonly clock: Clock;
  readonly watch: JobWatch;
  readonly cache: StepCache;
  /** Ends waiting for retries. */
  readonly signal: AbortSignal;
}

/** One execution, as far as a command can see it. */
export interface CommandContext {
  state(): ExecutionState;
  dispatch(event: ExecutionEvent): void;
}

type CommandOf<T extends Command["type"]> = Extract<Command, { type: T }>;

/** Performs commands and reports what came of them as events. Never throws: every failure is an event. */
export class Performer {
  constructor(private readonly deps: PerformerDeps) {}

  /** Performs one command. */
  async perform(command: Command, context: CommandContext): Promise<void> {
    try {
      await this.attempt(command, context);
    } catch (error) {
      const event = failureOf(command, error, this.now());
      if (event) context.dispatch(event);
    }
  }

  private async attempt(command: Command, context: CommandContext): Promise<void> {
    switch (command.type) {
      case "read":
        return this.read(command, context);
      case "look-up":
        return this.lookUp(command, context);
      case "start":
        return this.start(command, context);
      case "watch":
        return this.watch(command, context);
      case "stop":
        return this.stop(command);
      case "wake":
        return this.wake(command, context);
    }
  }

  private now = (): number => this.deps.clock.now().getTime();

  private async read({ step, reads }: CommandOf<"read">, { dispatch }: CommandContext): Promise<void> {
    try {
      const values = await readValues(this.deps.objects, reads);
      dispatch({ type: "values", at: this.now(), step, values });
    } catch (error) {
      dispatch({ type: "values-failed", at: this.now(), step, failureReason: `ClientError: ${messageOf(error)}` });
    }
  }

  private async lookUp(command: CommandOf<"look-up">, { state, dispatch }: CommandContext): Promise<void> {
    const { step } = command;
    const { pipelineName } = state().identity;
    const answer = await this.deps.cache.find({ ...command, pipelineName });
    const at = this.now();
    if ("miss" in answer) {
      dispatch({ type: "cache-miss", at, step, ...answer.miss });
      return;
    }
    const { executionArn: sourceExecutionArn, properties, arn } = answer.result;
    dispatch({ type: "cache-hit", at, step, sourceExecutionArn, properties, ...(arn !== undefined && { arn }) });
  }

  private async start(command: CommandOf<"start">, context: CommandContext): Promise<void> {
    const { step, attempt, name, call } = command;
    const kind = callKind(command.kind);
    if (command.prepare) await this.call(command.prepare).catch(() => undefined);
    if (kind.job) void this.deps.watch.expect(kind.job, name);
    let answer: ServiceAnswer = {};
    try {
      answer = await this.call(call);
    } catch (error) {
      // The name belongs to this attempt alone: what is there under it was created before a crash.
      if (!kind.naming || !isAlreadyThere(error)) {
        if (kind.job) this.deps.watch.forget(kind.job, name);
        const refusal = refusalOf(error, call, context.state().identity, step);
        context.dispatch({ type: "finished", at: this.now(), step, attempt, outcome: "Failed", ...refusal });
        return;
      }
      answer = await this.describeQuietly(kind, name, context, step);
    }
    const arn = kind.arn(answer);
    if (kind.job) context.dispatch({ type: "created", at: this.now(), step, attempt, arn: arn ?? name });
    else await this.finishImmediate({ ...command, kind, answer, arn }, context);
  }

  private async finishImmediate(
    done: {
      step: string;
      attempt: number;
      name: string;
      kind: CallKind;
      answer: ServiceAnswer;
      arn: string | undefined;
    },
    context: CommandContext,
  ): Promise<void> {
    const { step, attempt, kind, answer, arn } = done;
    const { definition } = plannedStep(context.state(), step);
    const known = arn === undefined ? {} : { arn };
    try {
      const calls = kind.describe?.(done.name, arn, definition) ?? [];
      const answers = calls.length > 0 ? await this.callAll(calls) : [answer];
      const properties = kind.properties(answers, definition);
      context.dispatch({ type: "finished", at: this.now(), step, attempt, outcome: "Succeeded", ...known, properties });
    } catch (error) {
      const failureReason = `ClientError: ${messageOf(error)}`.slice(0, 1024);
      context.dispatch({ type: "finished", at: this.now(), step, attempt, outcome: "Failed", ...known, failureReason });
    }
  }

  private async watch(command: CommandOf<"watch">, context: CommandContext): Promise<void> {
    const { name } = command;
    const kind = callKind(command.kind);
    const { job } = kind;
    if (!job) return;
    const resumed = !this.deps.watch.expects(job, name);
    const ended = this.deps.watch.expect(job, name);
    if (!resumed || (await this.isRunning(command, kind, context))) await ended;
    this.deps.watch.forget(job, name);
    context.dispatch(await this.endOf(command, kind, context));
  }

  /** After a restart: whether the job still runs. One that is not known any more is created again under its name. */
  private async isRunning(command: CommandOf<"watch">, kind: CallKind, context: CommandContext): Promise<boolean> {
    const description = await this.describeQuietly(kind, command.name, context, command.step);
    const status = description[kind.job?.statusMember ?? ""];
    if (status !== undefined) return !isJobEnd(status);
    const { state } = context;
    const restarted = commandOf(asStarting(state(), command.step), command.step);
    if (restarted?.type !== "start") return false;
    return this.call(restarted.call).then(
      () => true,
      () => false,
    );
  }

  private async endOf(command: CommandOf<"watch">, kind: CallKind, context: CommandContext): Promise<ExecutionEvent> {
    const { step, attempt, name } = command;
    const { definition } = plannedStep(context.state(), step);
    const answers = await this.callAll(kind.describe?.(name, undefined, definition) ?? []);
    const description = answers[0] ?? {};
    const status = description[kind.job?.statusMember ?? ""];
    const base = { type: "finished" as const, at: this.now(), step, attempt };
    const properties = kind.properties(answers, definition);
    if (status === "Completed") return { ...base, outcome: "Succeeded", properties };
    const reason = description.FailureReason as string | undefined;
    if (status === "Stopped") {
      return { ...base, outcome: "Stopped", properties, ...(reason !== undefined && { failureReason: reason }) };
    }
    return { ...base, outcome: "Failed", properties, ...jobFailure(reason) };
  }

  private async stop(command: CommandOf<"stop">): Promise<void> {
    const call = callKind(command.kind).job?.stop(command.name);
    // A job that has ended meanwhile refuses to be stopped; its end is reported by the watch.
    if (call) await this.call(call).catch(() => undefined);
  }

  private async wake({ step, attempt, at }: CommandOf<"wake">, { dispatch }: CommandContext): Promise<void> {
    await this.deps.clock.sleep(Math.max(0, at - this.now()), this.deps.signal);
    if (!this.deps.signal.aborted) dispatch({ type: "woken", at: this.now(), step, attempt });
  }

  private async describeQuietly(
    kind: CallKind,
    name: string,
    context: CommandContext,
    step: string,
  ): Promise<ServiceAnswer> {
    const { definition } = plannedStep(context.state(), step);
    const [call] = kind.describe?.(name, undefined, definition) ?? [];
    return call ? this.call(call).catch(() => ({})) : {};
  }

  private callAll(calls: readonly ServiceCall[]): Promise<ServiceAnswer[]> {
    return Promise.all(calls.map((call) => this.call(call)));
  }

  private call({ service, operation, input }: ServiceCall): Promise<ServiceAnswer> {
    return this.deps.invoke<ServiceAnswer>(service, operation, input as JsonObject);
  }
}

/** What an unexpected error means for the step that a command belongs to. */
function failureOf(command: Command, error: unknown, at: number): ExecutionEvent | undefined {
  const { step } = command;
  const problem = messageOf(error);
  if (command.type === "look-up") return { type: "cache-miss", at, step, reason: "unreadable", problem };
  if (command.type !== "start" && command.type !== "watch") return undefined;
  const failureReason = `InternalServerError: ${problem}`.slice(0, 1024);
  return { type: "finished", at, step, attempt: command.attempt, outcome: "Failed", failureReason };
}

/** The same state with a step put back to the moment before its request was answered. */
function asStarting(state: ExecutionState, step: string): ExecutionState {
  const present = state.steps[step];
  return present ? { ...state, steps: { ...state.steps, [step]: { ...present, phase: "starting" } } } : state;
}

function callKind(type: string): CallKind {
  const kind = stepKinds.get(type);
  if (!kind || isControl(kind)) throw new StepFailure(`Step type ${type} sends no request.`);
  return kind;
}
