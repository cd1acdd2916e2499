import type { PipelineDefinition, StepDefinition } from "@sagewright/pipeline";
import fc from "fast-check";
import { advance, pendingCommands, replay } from "../../../src/executor/reducer/advance";
import type { Command } from "../../../src/executor/reducer/commands";
import type { ExecutionEvent } from "../../../src/executor/reducer/events";
import { planOf } from "../../../src/executor/reducer/plan";
import { type ExecutionState, hasEnded, isActive, isFinal } from "../../../src/executor/reducer/state";
import { condition, definitionOf, processing, started } from "../../support/definitions";

/** How a step of a random definition is made. Numbers index earlier steps. */
interface StepSeed {
  deps: { to: number; trigger: "Completed" | "Failed" | "Stopped" | "Any" }[];
  reference?: number | undefined;
  cached: boolean;
  retried: boolean;
  gate?: boolean | undefined;
}

const stepSeed: fc.Arbitrary<StepSeed> = fc.record({
  deps: fc.array(
    fc.record({
      to: fc.nat(20),
      trigger: fc.constantFrom(
        "Completed" as const,
        "Completed" as const,
        "Failed" as const,
        "Stopped" as const,
        "Any" as const,
      ),
    }),
    { maxLength: 2 },
  ),
  reference: fc.option(fc.nat(20), { nil: undefined }),
  cached: fc.boolean(),
  retried: fc.boolean(),
  gate: fc.option(fc.boolean(), { nil: undefined, freq: 4 }),
});

function definitionFrom(seeds: StepSeed[]): PipelineDefinition {
  const top: StepDefinition[] = [];
  let branch: StepDefinition[] = top;
  seeds.forEach((seed, index) => {
    const name = `S${index}`;
    const DependsOn =
      index === 0 ? [] : seed.deps.map(({ to, trigger }) => ({ Step: `S${to % index}`, Trigger: trigger }));
    if (seed.gate !== undefined) {
      const inside: StepDefinition[] = [];
      const gate = condition(name, [{ Type: "Equals", LeftValue: seed.gate, RightValue: true }], inside, [
        processing(`Else${index}`),
      ]);
      branch.push({ ...gate, DependsOn });
      // Later steps go into the branch, or stay outside of it, by turns.
      branch = index % 2 === 0 ? inside : branch;
      return;
    }
    // A condition has no job name; a reference to it leads nowhere and must fail the step, not the reducer.
    const Environment: Record<string, { Get: string }> = {};
    if (seed.reference !== undefined && index > 0)
      Environment.IN = { Get: `Steps.S${seed.reference % index}.ProcessingJobName` };
    branch.push(
      processing(name, {
        Arguments: { Environment },
        DependsOn,
        ...(seed.cached && { CacheConfig: { Enabled: true } }),
        ...(seed.retried && {
          RetryPolicies: [{ ExceptionType: ["SageMaker.CAPACITY_ERROR"], IntervalSeconds: 1, MaxAttempts: 2 }],
        }),
      }),
    );
  });
  return definitionOf(top);
}

/** The outside world of a run: every choice comes from a stream of random numbers. */
class World {
  state: ExecutionState;
  readonly journal: ExecutionEvent[] = [];
  readonly starts: { step: string; attempt: number }[] = [];
  private at = 1_700_000_000_000;
  private pending: Command[] = [];

  constructor(
    definition: PipelineDefinition,
    private readonly choose: (below: number) => number,
    limit: number,
  ) {
    const first = started(definition, { maxParallelSteps: limit });
    this.journal.push(first);
    const { state, commands } = advance(undefined, first);
    this.state = state;
    this.accept(commands);
  }

  /** Answers one pending command; false when there is none. */
  step(): boolean {
    if (this.pending.length === 0) return false;
    const [command] = this.pending.splice(this.choose(this.pending.length), 1);
    if (command) for (const event of this.answer(command)) this.apply(event);
    return true;
  }

  apply(event: ExecutionEvent): void {
    const before = this.state;
    this.journal.push(event);
    const { state, commands } = advance(before, event);
    this.state = state;
    this.check(before, commands);
    this.accept(commands);
  }

  private accept(commands: readonly Command[]): void {
    for (const command of commands) {
      if (command.type === "start") this.starts.push({ step: command.step, attempt: command.attempt });
      this.pending.push(command);
    }
  }

  private answer(command: Command): ExecutionEvent[] {
    this.at += this.choose(2000);
    const { at } = this;
    const { step } = command;
    switch (command.type) {
      case "look-up":
        return this.choose(2) === 0
          ? [{ type: "cache-miss", at, step, reason: "first_run" }]
          : [{ type: "cache-hit", at, step, sourceExecutionArn: "arn:old", properties: { ProcessingJobName: "old" } }];
      case "start":
        return this.choose(8) === 0
          ? [this.end(step, command.attempt)]
          : [{ type: "created", at, step, attempt: command.attempt, arn: `arn:${command.name}` }];
      case "watch": {
        const end = this.end(step, command.attempt);
        return this.choose(5) === 0 ? [end, end] : [end];
      }
      case "wake":
        return [{ type: "woken", at: command.at, step, attempt: command.attempt }];
      default:
        return [];
    }
  }

  private end(step: string, attempt: number): ExecutionEvent {
    const outcome =
      (["Succeeded", "Succeeded", "Succeeded", "Failed", "Stopped"] as const)[this.choose(5)] ?? "Succeeded";
    const exception = this.choose(2) === 0 ? "SageMaker.CAPACITY_ERROR" : undefined;
    const properties = { ProcessingJobName: `${step}-${attempt}` };
    return { type: "finished", at: this.at, step, attempt, outcome, properties, ...(exception && { exception }) };
  }

  private check(before: ExecutionState, commands: readonly Command[]): void {
    const { state } = this;
    const plan = planOf(state.definition);
    expect(Object.values(state.steps).filter(isActive).length).toBeLessThanOrEqual(state.maxParallelSteps ?? 1);
    for (const [name, step] of Object.entries(before.steps)) {
      if (isFinal(step)) expect(state.steps[name]).toEqual(step);
    }
    if (before.status !== "Executing" || before.halted) {
      expect(commands.filter((command) => ["start", "read", "look-up"].includes(command.type))).toEqual([]);
    }
    for (const command of commands) {
      if (command.type !== "start" || command.attempt > 1) continue;
      for (const wait of plan.steps.get(command.step)?.waits ?? []) {
        const phase = state.steps[wait.step]?.phase;
        const allowed = {
          Completed: ["succeeded"],
          Failed: ["failed"],
          Stopped: ["stopped"],
          Any: ["succeeded", "failed", "stopped"],
        };
        expect(allowed[wait.trigger]).toContain(phase);
      }
    }
  }
}

const asData = (value: unknown): unknown => JSON.parse(JSON.stringify(value));
const byStep = (commands: readonly Command[]) => [...commands].map((command) => JSON.stringify(command)).sort();

const scenario = fc.record({
  seeds: fc.array(stepSeed, { minLength: 1, maxLength: 12 }),
  limit: fc.integer({ min: 1, max: 5 }),
  choices: fc.infiniteStream(fc.nat(1_000_000)),
  stopAfter: fc.option(fc.nat(20), { nil: undefined, freq: 2 }),
});

function play({ seeds, limit, choices, stopAfter }: typeof scenario extends fc.Arbitrary<infer T> ? T : never): World {
  const world = new World(definitionFrom(seeds), (below) => (choices.next().value as number) % below, limit);
  for (let turn = 0; turn < 2000; turn += 1) {
    if (turn === stopAfter) world.apply({ type: "stop", at: 1_700_000_100_000 });
    if (!world.step()) break;
  }
  return world;
}

describe("advance, whatever happens", () => {
  it("always ends, with every step final, and runs each attempt of a step once", () => {
    fc.assert(
      fc.property(scenario, (given) => {
        const world = play(given);
        expect(hasEnded(world.state)).toBe(true);
        expect(Object.values(world.state.steps).every(isFinal)).toBe(true);
        expect(pendingCommands(world.state)).toEqual([]);
        const attempts = world.starts.map(({ step, attempt }) => `${step} ${attempt}`);
        expect(new Set(attempts).size).toBe(attempts.length);
        for (const { step, attempt } of world.starts) {
          const policy = planOf(world.state.definition).steps.get(step)?.definition.RetryPolicies;
          expect(attempt).toBeLessThanOrEqual(policy ? 3 : 1);
        }
      }),
      { numRuns: 500 },
    );
  });

  it("never runs what waits for the success of a step that failed, nor a branch that was not taken", () => {
    fc.assert(
      fc.property(scenario, (given) => {
        const { state } = play(given);
        for (const step of planOf(state.definition).steps.values()) {
          const lost = step.waits.some(
            (wait) => wait.trigger === "Completed" && state.steps[wait.step]?.phase !== "succeeded",
          );
          if (lost) expect(state.steps[step.name]?.phase).toBe("skipped");
          const parent = step.parent && state.steps[step.parent.step];
          if (parent && parent.properties?.Outcome !== step.parent?.outcome) {
            expect(state.steps[step.name]?.phase).toBe("skipped");
          }
        }
      }),
      { numRuns: 300 },
    );
  });

  it("is the same after replaying any prefix of the journal, and goes on to the same end", () => {
    fc.assert(
      fc.property(scenario, fc.nat(), (given, cut) => {
        const { journal, state } = play(given);
        const length = 1 + (cut % journal.length);
        const onDisk = asData(journal) as ExecutionEvent[];
        let resumed = replay(onDisk.slice(0, length));
        let live: ExecutionState | undefined;
        for (const event of journal.slice(0, length)) live = advance(live, event).state;
        expect(asData(resumed)).toEqual(asData(live));
        if (resumed && live) expect(byStep(pendingCommands(resumed))).toEqual(byStep(pendingCommands(live)));
        for (const event of onDisk.slice(length)) resumed = advance(resumed, event).state;
        expect(asData(resumed)).toEqual(asData(state));
      }),
      { numRuns: 300 },
    );
  });

  it("has in its state every command that was given and not yet answered", () => {
    fc.assert(
      fc.property(scenario, (given) => {
        const { journal } = play({ ...given, stopAfter: undefined });
        let state: ExecutionState | undefined;
        const open = new Map<string, Command>();
        for (const event of journal) {
          const advanced = advance(state, event);
          if (advanced.state !== state && "step" in event) open.delete(event.step);
          for (const command of advanced.commands) open.set(command.step, command);
          state = advanced.state;
          expect(byStep(pendingCommands(advanced.state))).toEqual(byStep([...open.values()]));
        }
      }),
      { numRuns: 300 },
    );
  });

  it("retries an ended execution without touching what succeeded", () => {
    fc.assert(
      fc.property(scenario, (given) => {
        const world = play(given);
        const succeeded = Object.entries(world.state.steps).filter(([, step]) => step.phase === "succeeded");
        const retried = advance(world.state, { type: "retry", at: 1_700_000_200_000 });
        for (const [name, step] of succeeded) expect(retried.state.steps[name]).toEqual(step);
        for (const command of retried.commands) {
          if (command.type === "start")
            expect(command.attempt).toBe((world.state.steps[command.step]?.attempt ?? 0) + 1);
        }
      }),
      { numRuns: 300 },
    );
  });
});
