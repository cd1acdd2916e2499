import { type Advanced, advance, pendingCommands, replay } from "../../../src/executor/reducer/advance";
import type { ExecutionEvent } from "../../../src/executor/reducer/events";
import { condition, definitionOf, processing, started } from "../../support/definitions";

const at = 1_700_000_001_000;

function run(...events: ExecutionEvent[]): Advanced {
  let advanced: Advanced | undefined;
  for (const event of events) advanced = advance(advanced?.state, event);
  if (!advanced) throw new Error("no events");
  return advanced;
}

const created = (step: string, attempt = 1): ExecutionEvent => ({
  type: "created",
  at,
  step,
  attempt,
  arn: `arn:${step}`,
});
const finished = (step: string, more: Partial<Extract<ExecutionEvent, { type: "finished" }>> = {}): ExecutionEvent => ({
  type: "finished",
  at,
  step,
  attempt: 1,
  outcome: "Succeeded",
  properties: {},
  ...more,
});

const chain = definitionOf([
  processing("A"),
  processing("B", { Arguments: { Environment: { X: { Get: "Steps.A.ProcessingJobName" } } } }),
]);

describe("advance", () => {
  it("starts what needs nothing and waits with what does", () => {
    const { commands, state } = run(started(chain));
    expect(commands).toEqual([
      {
        type: "start",
        step: "A",
        kind: "Processing",
        attempt: 1,
        name: expect.stringMatching(/^pipelines-abcdefghijkl-A-[A-Za-z0-9]{10}$/),
        call: {
          service: "sagemaker",
          operation: "CreateProcessingJob",
          input: { AppSpecification: { ImageUri: "image" }, ProcessingJobName: expect.stringMatching(/^pipelines-/) },
        },
      },
    ]);
    expect(state.steps.B?.phase).toBe("waiting");
  });

  it("puts results into the requests of later steps", () => {
    const { commands } = run(
      started(chain),
      created("A"),
      finished("A", { properties: { ProcessingJobName: "the job" } }),
    );
    expect(commands).toMatchObject([{ type: "start", step: "B", call: { input: { Environment: { X: "the job" } } } }]);
  });

  it("succeeds when every step has", () => {
    const { state } = run(started(chain), finished("A", { properties: { ProcessingJobName: "j" } }), finished("B"));
    expect(state).toMatchObject({ status: "Succeeded", endedAt: at });
  });

  it("fails when a step fails, and never runs what waits for it", () => {
    const { state, commands } = run(
      started(chain),
      finished("A", { outcome: "Failed", failureReason: "ClientError: no" }),
    );
    expect(commands).toEqual([]);
    expect(state.status).toBe("Failed");
    expect(state.failureReason).toBe("Step failure: One or multiple steps failed.");
    expect(state.steps).toMatchObject({
      A: { phase: "failed", failureReason: "ClientError: no" },
      B: { phase: "skipped" },
    });
  });

  it("fails a step whose reference leads nowhere, with the reference in the reason", () => {
    const { state } = run(started(chain), finished("A"));
    expect(state.steps.B).toMatchObject({
      phase: "failed",
      failureReason: expect.stringContaining("Steps.A.ProcessingJobName"),
    });
  });

  it("runs the branch whose condition holds and skips the other", () => {
    const gate = condition(
      "Gate",
      [{ Type: "GreaterThan", LeftValue: { Get: "Parameters.X" }, RightValue: 1 }],
      [processing("Yes")],
      [processing("No"), condition("Inner", [], [processing("Deep")])],
    );
    const { state, commands } = run(started(definitionOf([gate]), { parameters: { X: 2 } }));
    expect(commands.map((command) => command.step)).toEqual(["Yes"]);
    expect(state.steps).toMatchObject({
      Gate: { phase: "succeeded", properties: { Outcome: true } },
      No: { phase: "skipped" },
      Inner: { phase: "skipped" },
      Deep: { phase: "skipped" },
    });
  });

  it("reads JSON values before it decides", () => {
    const report = processing("E", {
      PropertyFiles: [{ PropertyFileName: "Report", OutputName: "report", FilePath: "evaluation.json" }],
    });
    const get = { "Std:JsonGet": { PropertyFile: { Get: "Steps.E.PropertyFiles.Report" }, Path: "metrics.roc_auc" } };
    const gate = condition(
      "Gate",
      [{ Type: "GreaterThanOrEqualTo", LeftValue: get, RightValue: 0.8 }],
      [processing("Ok")],
    );
    const properties = {
      ProcessingOutputConfig: { Outputs: [{ OutputName: "report", S3Output: { S3Uri: "s3://b/runs/report" } }] },
    };
    const events = [started(definitionOf([report, gate])), finished("E", { properties })];
    const { commands, state } = run(...events);
    expect(commands).toEqual([
      {
        type: "read",
        step: "Gate",
        reads: [{ key: expect.any(String), uri: "s3://b/runs/report/evaluation.json", path: "metrics.roc_auc" }],
      },
    ]);
    const key = state.steps.Gate?.reads?.[0]?.key ?? "";
    const next = run(...events, { type: "values", at, step: "Gate", values: { [key]: 0.8 } });
    expect(next.commands).toMatchObject([{ type: "start", step: "Ok" }]);
    const broken = run(...events, { type: "values-failed", at, step: "Gate", failureReason: "no such file" });
    expect(broken.state).toMatchObject({ status: "Failed", steps: { Gate: { failureReason: "no such file" } } });
  });

  it("ends the execution at a Fail step, stopping what still runs", () => {
    const definition = definitionOf([
      processing("Slow"),
      condition("Gate", [], [{ Name: "TooWeak", Type: "Fail", Arguments: { ErrorMessage: "too weak" } }]),
      processing("Late", { DependsOn: ["Slow"] }),
    ]);
    const first = run(started(definition));
    expect(first.state.steps).toMatchObject({
      TooWeak: { phase: "failed", failureReason: "too weak" },
      Late: { phase: "skipped" },
    });
    const second = advance(first.state, created("Slow"));
    expect(second.commands.map((command) => command.type)).toEqual(["watch", "stop"]);
    const { state } = advance(second.state, finished("Slow", { outcome: "Stopped" }));
    expect(state.status).toBe("Failed");
  });

  it("holds the parallelism limit", () => {
    const definition = definitionOf(["A", "B", "C"].map((name) => processing(name)));
    const first = run(started(definition, { maxParallelSteps: 2 }));
    expect(first.commands.map((command) => command.step)).toEqual(["A", "B"]);
    expect(advance(first.state, finished("B")).commands.map((command) => command.step)).toEqual(["C"]);
  });

  it("retries by policy with growing pauses, then gives up", () => {
    const policy = { ExceptionType: ["SageMaker.CAPACITY_ERROR"], IntervalSeconds: 5, BackoffRate: 3, MaxAttempts: 2 };
    const definition = definitionOf([processing("A", { RetryPolicies: [policy] })]);
    const failure = (attempt: number) =>
      finished("A", {
        attempt,
        outcome: "Failed",
        failureReason: "CapacityError",
        exception: "SageMaker.CAPACITY_ERROR",
      });
    let { state, commands } = run(started(definition), failure(1));
    expect(commands).toEqual([{ type: "wake", step: "A", attempt: 1, at: at + 5000 }]);
    ({ state, commands } = advance(state, { type: "woken", at: at + 5000, step: "A", attempt: 1 }));
    expect(commands).toMatchObject([{ type: "start", attempt: 2 }]);
    ({ state, commands } = advance(state, failure(2)));
    expect(commands).toEqual([{ type: "wake", step: "A", attempt: 2, at: at + 15_000 }]);
    ({ state } = advance(state, { type: "woken", at, step: "A", attempt: 2 }));
    ({ state } = advance(state, failure(3)));
    expect(state).toMatchObject({ status: "Failed", steps: { A: { phase: "failed", attempt: 3 } } });
  });

  it("stops: running jobs are stopped, requests under way are awaited, nothing new starts", () => {
    const definition = definitionOf([processing("A"), processing("B"), processing("C", { DependsOn: ["A"] })]);
    let { state, commands } = run(started(definition), created("A"), { type: "stop", at });
    expect(state.status).toBe("Stopping");
    expect(commands).toMatchObject([{ type: "stop", step: "A" }]);
    ({ state, commands } = advance(state, created("B")));
    expect(commands).toMatchObject([
      { type: "watch", step: "B" },
      { type: "stop", step: "B" },
    ]);
    ({ state } = advance(state, finished("A", { outcome: "Stopped" })));
    ({ state } = advance(state, finished("B", { outcome: "Succeeded" })));
    expect(state).toMatchObject({
      status: "Stopped",
      steps: { A: { phase: "stopped" }, B: { phase: "succeeded" }, C: { phase: "skipped" } },
    });
  });

  it("retries a failed execution without running again what succeeded", () => {
    const definition = definitionOf([processing("A"), processing("B", { DependsOn: ["A"] })]);
    const failed = run(started(definition), finished("A"), finished("B", { outcome: "Failed", failureReason: "x" }));
    const { state, commands } = advance(failed.state, { type: "retry", at });
    expect(state.status).toBe("Executing");
    expect(commands).toMatchObject([{ type: "start", step: "B", attempt: 2 }]);
    expect(advance(state, finished("B", { attempt: 2 })).state.status).toBe("Succeeded");
  });

  it("releases steps by trigger and ends CompletedWithFailures when every failure was waited for", () => {
    const definition = definitionOf([
      processing("A"),
      processing("OnFailure", { DependsOn: [{ Step: "A", Trigger: "Failed" }] }),
      processing("OnStop", { DependsOn: [{ Step: "A", Trigger: "Stopped" }] }),
      processing("Always", { DependsOn: [{ Step: "A", Trigger: "Any" }] }),
      processing("Normally", { DependsOn: ["A"] }),
    ]);
    const failed = run(started(definition), finished("A", { outcome: "Failed" }));
    expect(failed.commands.map((command) => command.step)).toEqual(["OnFailure", "Always"]);
    const { state } = run(
      started(definition),
      finished("A", { outcome: "Failed" }),
      finished("OnFailure"),
      finished("Always"),
    );
    expect(state.status).toBe("CompletedWithFailures");
  });

  it("takes a cached result as the step's own", () => {
    const definition = definitionOf([
      processing("A", { CacheConfig: { Enabled: true, ExpireAfter: "P1D" } }),
      processing("B", { Arguments: { Environment: { X: { Get: "Steps.A.Out" } } } }),
    ]);
    const first = run(started(definition));
    expect(first.commands).toMatchObject([{ type: "look-up", step: "A", expireAfterMs: 86_400_000 }]);
    const hit = advance(first.state, {
      type: "cache-hit",
      at,
      step: "A",
      sourceExecutionArn: "arn:old",
      properties: { Out: "old value" },
    });
    expect(hit.commands).toMatchObject([
      { type: "start", step: "B", call: { input: { Environment: { X: "old value" } } } },
    ]);
    const miss = advance(first.state, { type: "cache-miss", at, step: "A", reason: "first_run" });
    expect(miss.commands).toMatchObject([{ type: "start", step: "A" }]);
    expect(miss.state.steps.A?.cache).toEqual({ hit: false, reason: "first_run" });
  });

  it("runs only the selected steps, on results of the source execution", () => {
    const { state, commands } = run(
      started(definitionOf([...chain.Steps, processing("C", { DependsOn: ["B"] })]), {
        selection: {
          steps: ["B"],
          sourceExecutionArn: "arn:source",
          reused: { A: { properties: { ProcessingJobName: "from source" }, arn: "arn:job" } },
        },
      }),
    );
    expect(commands).toMatchObject([{ step: "B", call: { input: { Environment: { X: "from source" } } } }]);
    expect(state.steps).toMatchObject({
      A: { phase: "succeeded", reusedFrom: "arn:source" },
      C: { phase: "excluded" },
    });
    expect(advance(state, finished("B")).state.status).toBe("Succeeded");
  });

  it("ignores events that no longer fit", () => {
    const { state } = run(started(chain), finished("A", { properties: { ProcessingJobName: "x" } }));
    for (const late of [created("A"), finished("A"), finished("B", { attempt: 7 }), started(chain)]) {
      expect(advance(state, late)).toEqual({ state, commands: [] });
    }
  });

  it("remembers after a crash that a running job was to be stopped", () => {
    const state = replay([started(chain), created("A"), { type: "stop", at }]);
    expect(state && pendingCommands(state)).toMatchObject([
      { type: "watch", step: "A" },
      { type: "stop", step: "A" },
    ]);
  });

  it("knows what is still to be done from the journal alone", () => {
    const events = [started(chain), created("A")];
    const state = replay(JSON.parse(JSON.stringify(events)) as ExecutionEvent[]);
    expect(state && pendingCommands(state)).toMatchObject([
      { type: "watch", step: "A", name: expect.stringMatching(/^pipelines-abcdefghijkl-A-/) },
    ]);
  });
});
