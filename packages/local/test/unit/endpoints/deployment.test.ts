import type { DeploymentConfig } from "@aws-sdk/client-sagemaker";
import fc from "fast-check";
import {
  advance,
  commandOf,
  type Deployment,
  type DeploymentEvent,
  resumed,
  stageOf,
} from "../../../src/services/sagemaker/endpoints/deployment/deployment";
import { plannedDeployment } from "../../../src/services/sagemaker/endpoints/deployment/shifting-plan";

const START = Date.parse("2026-11-21T10:00:00Z");
const minutes = (count: number) => START + count * 60_000;

const plan = (config: DeploymentConfig | undefined, instances = 4, old = instances) =>
  plannedDeployment({ config, blue: { v: old }, green: { v: instances }, time: START });

const routing = (more: object): DeploymentConfig => ({
  BlueGreenUpdatePolicy: {
    TrafficRoutingConfiguration: { Type: "ALL_AT_ONCE", WaitIntervalInSeconds: 600, ...more } as never,
    TerminationWaitInSeconds: 300,
  },
});
const canary = routing({ Type: "CANARY", CanarySize: { Type: "INSTANCE_COUNT", Value: 1 } });
const rolling = (more: object = {}): DeploymentConfig => ({
  RollingUpdatePolicy: {
    MaximumBatchSize: { Type: "INSTANCE_COUNT", Value: 2 },
    WaitIntervalInSeconds: 60,
    ...more,
  } as never,
});

/** Each stage in one line. */
const course = ({ stages }: Deployment) =>
  stages.map(
    ({ kind, fleet, blue, green, active, seconds }) =>
      `${kind} ${fleet}: ${blue.v} old, ${green.v} new, ${active.v} active${seconds ? `, ${seconds} s` : ""}`,
  );

/** Plays a deployment with machines that do at once what they are told, and a clock that jumps to what is awaited. */
function play(start: Deployment, happens: (deployment: Deployment, time: number) => DeploymentEvent | undefined) {
  let deployment = start;
  let time = START;
  const seen: Deployment[] = [start];
  for (let steps = 0; steps < 1000; steps += 1) {
    const command = commandOf(deployment);
    if (command.kind === "settle") return { deployment, time, seen };
    const event = happens(deployment, time);
    if (event !== undefined) deployment = advance(deployment, event);
    else if (command.kind === "reach") deployment = advance(deployment, { type: "reached", time });
    else {
      time = Math.max(time, command.until);
      deployment = advance(deployment, { type: "time", time });
    }
    seen.push(deployment);
  }
  throw new Error("The deployment does not end.");
}

describe("the plan of a deployment", () => {
  it("shifts all traffic at once where nothing else is asked for, and bakes only when told to wait", () => {
    expect(course(plan(undefined))).toEqual([
      "Creating green: 4 old, 4 new, 0 active",
      "ActivatingTraffic green: 4 old, 4 new, 4 active",
      "Deleting blue: 0 old, 4 new, 4 active",
    ]);
    expect(course(plan(routing({})))).toContain("Baking green: 4 old, 4 new, 4 active, 300 s");
  });

  it("shifts a canary, bakes, shifts the rest, bakes", () => {
    expect(course(plan(canary))).toEqual([
      "Creating green: 4 old, 4 new, 0 active",
      "ActivatingTraffic green: 4 old, 4 new, 1 active",
      "Baking green: 4 old, 4 new, 1 active, 600 s",
      "ActivatingTraffic green: 4 old, 4 new, 4 active",
      "Baking green: 4 old, 4 new, 4 active, 300 s",
      "Deleting blue: 0 old, 4 new, 4 active",
    ]);
  });

  it("shifts linearly, the last step being what is left", () => {
    const linear = routing({ Type: "LINEAR", LinearStepSize: { Type: "CAPACITY_PERCENT", Value: 40 } });
    const baking = course(plan(linear, 5)).filter((line) => line.startsWith("Baking"));
    expect(baking).toEqual([
      "Baking green: 5 old, 5 new, 2 active, 600 s",
      "Baking green: 5 old, 5 new, 4 active, 600 s",
      "Baking green: 5 old, 5 new, 5 active, 300 s",
    ]);
  });

  it("rolls batch by batch, so that never more than one batch runs on top", () => {
    expect(course(plan(rolling(), 5))).toEqual([
      "Creating green: 5 old, 2 new, 0 active",
      "ActivatingTraffic green: 5 old, 2 new, 2 active",
      "Baking green: 5 old, 2 new, 2 active, 60 s",
      "Deleting blue: 3 old, 2 new, 2 active",
      "Creating green: 3 old, 4 new, 2 active",
      "ActivatingTraffic green: 3 old, 4 new, 4 active",
      "Baking green: 3 old, 4 new, 4 active, 60 s",
      "Deleting blue: 1 old, 4 new, 4 active",
      "Creating green: 1 old, 5 new, 4 active",
      "ActivatingTraffic green: 1 old, 5 new, 5 active",
      "Baking green: 1 old, 5 new, 5 active, 60 s",
      "Deleting blue: 0 old, 5 new, 5 active",
    ]);
  });

  it("has nothing to terminate for a new endpoint, and nothing to go back to", () => {
    const created = plannedDeployment({ config: undefined, blue: {}, green: { v: 1 }, time: START });
    expect(created.stages.map(({ kind }) => kind)).toEqual(["Creating", "ActivatingTraffic"]);
    expect(advance(created, { type: "failed", reason: "no model", time: START })).toMatchObject({
      outcome: "Failed",
      reason: "no model",
    });
  });
});

describe("a deployment", () => {
  it("takes exactly its waits", () => {
    const { deployment, time } = play(plan(canary), () => undefined);
    expect(deployment.outcome).toBe("Deployed");
    expect(time).toBe(minutes(15));
  });

  it("rolls back when an alarm rings while it bakes, and says which", () => {
    const rings = { type: "alarm", names: ["errors"], time: minutes(2) } as const;
    const { deployment, seen } = play(plan(canary), (now) =>
      stageOf(now)?.kind === "Baking" && now.direction === "forward" ? rings : undefined,
    );
    const back = seen.find(({ direction }) => direction === "back") as Deployment;
    expect(course(back)).toEqual([
      "ActivatingTraffic blue: 4 old, 4 new, 0 active",
      "Deleting green: 4 old, 0 new, 0 active",
    ]);
    expect(deployment).toMatchObject({ outcome: "RolledBack", reason: expect.stringContaining("errors") });
  });

  it("does not hear alarms outside of its baking periods", () => {
    const creating = plan(canary);
    expect(advance(creating, { type: "alarm", names: ["errors"], time: START })).toBe(creating);
  });

  it("rolls back when a new instance cannot be started, and the old fleet never lost any", () => {
    const failed = advance(plan(canary), { type: "failed", reason: "no ping", time: START });
    expect(course(failed)).toEqual(["Deleting green: 4 old, 0 new, 0 active"]);
    expect(play(failed, () => undefined).deployment).toMatchObject({ outcome: "RolledBack", reason: "no ping" });
  });

  it("rolls a rolling update back: the old fleet gets its instances before the new one loses them", () => {
    const rings = (now: Deployment) => stageOf(now)?.active.v === 4 && stageOf(now)?.kind === "Baking";
    const happens = (now: Deployment, time: number) =>
      now.direction === "forward" && rings(now) ? ({ type: "alarm", names: ["a"], time } as const) : undefined;
    const atOnce = play(plan(rolling(), 5), happens).seen.find(({ direction }) => direction === "back") as Deployment;
    expect(course(atOnce)).toEqual([
      "Creating blue: 5 old, 4 new, 4 active",
      "ActivatingTraffic blue: 5 old, 4 new, 0 active",
      "Deleting green: 5 old, 0 new, 0 active",
    ]);
    const batches = { RollbackMaximumBatchSize: { Type: "INSTANCE_COUNT", Value: 2 } };
    const inSteps = play(plan(rolling(batches), 5), happens).seen.find(({ direction }) => direction === "back");
    expect(course(inSteps as Deployment)).toEqual([
      "ActivatingTraffic blue: 3 old, 4 new, 2 active",
      "Deleting green: 3 old, 2 new, 2 active",
      "Creating blue: 5 old, 2 new, 2 active",
      "ActivatingTraffic blue: 5 old, 2 new, 0 active",
      "Deleting green: 5 old, 0 new, 0 active",
    ]);
  });

  it("ends as UpdateRollbackFailed's outcome when the way back fails too", () => {
    const rolled = play(plan(rolling(), 5), (now, time) => {
      if (now.direction === "back") return { type: "failed", reason: "no capacity", time };
      return stageOf(now)?.active.v === 4 && stageOf(now)?.kind === "Baking"
        ? { type: "alarm", names: ["a"], time }
        : undefined;
    });
    expect(rolled.deployment).toMatchObject({ outcome: "RollbackFailed", reason: "no capacity" });
  });

  it("rolls back when MaximumExecutionTimeoutInSeconds is over, at that moment", () => {
    const limited = routing({ Type: "CANARY", CanarySize: { Type: "INSTANCE_COUNT", Value: 1 } });
    const policy = limited.BlueGreenUpdatePolicy as NonNullable<DeploymentConfig["BlueGreenUpdatePolicy"]>;
    const config = { BlueGreenUpdatePolicy: { ...policy, MaximumExecutionTimeoutInSeconds: 660 } };
    const { deployment, time, seen } = play(plan(config), () => undefined);
    expect(deployment).toMatchObject({ outcome: "RolledBack", reason: expect.stringContaining("MaximumExecution") });
    expect(time).toBe(minutes(11));
    expect(seen.find(({ direction }) => direction === "back")?.stageStartTime).toBe(minutes(11));
  });

  it("begins a baking period anew when its process died in it", () => {
    const baking = play(plan(canary), () => undefined).seen.find((now) => stageOf(now)?.kind === "Baking");
    const again = resumed(baking as Deployment, minutes(60));
    expect(commandOf(again)).toMatchObject({ kind: "wait", until: minutes(70) });
  });
});

describe("every deployment, whatever happens to it", () => {
  const size = (from: number, to: number) =>
    fc.record({ Type: fc.constant("CAPACITY_PERCENT" as const), Value: fc.integer({ min: from, max: to }) });
  const wait = fc.integer({ min: 0, max: 3600 });
  const configs: fc.Arbitrary<DeploymentConfig | undefined> = fc.oneof(
    fc.constant(undefined),
    fc.record({ Type: fc.constant("CANARY"), CanarySize: size(1, 50), WaitIntervalInSeconds: wait }).map(routing),
    fc.record({ Type: fc.constant("LINEAR"), LinearStepSize: size(10, 50), WaitIntervalInSeconds: wait }).map(routing),
    fc.record({ MaximumBatchSize: size(5, 50), WaitIntervalInSeconds: wait }).map(rolling),
    fc
      .record({ MaximumBatchSize: size(5, 50), WaitIntervalInSeconds: wait, RollbackMaximumBatchSize: size(5, 100) })
      .map(rolling),
  );
  const trouble = fc.array(fc.constantFrom("none", "none", "none", "alarm", "failed"), { maxLength: 40 });

  it("ends; traffic always has instances to go to; after the end exactly one fleet is whole", () => {
    fc.assert(
      fc.property(
        configs,
        fc.integer({ min: 2, max: 12 }),
        fc.integer({ min: 2, max: 12 }),
        trouble,
        (config, all, old, what) => {
          const troubles = what[Symbol.iterator]();
          const { deployment, seen } = play(plan(config, all, old), (now, time) => {
            const next = troubles.next().value;
            if (next === "alarm") return { type: "alarm", names: ["a"], time };
            // The way back is left alone: that it may fail too has its own outcome.
            return next === "failed" && now.direction === "forward" ? { type: "failed", reason: "r", time } : undefined;
          });
          const last = seen.at(-2)?.stages.at(-1);
          const share = (now: Deployment) => (stageOf(now)?.active.v ?? 0) / all;
          for (const [index, now] of seen.entries()) {
            const stage = stageOf(now);
            if (stage === undefined || index === 0) continue;
            const before = stageOf(seen[index - 1] as Deployment);
            // What the stage before has reached is what runs now.
            const running = { blue: before?.blue.v ?? 0, green: before?.green.v ?? 0 };
            if (share(now) > 0) expect(Math.min(running.green, stage.green.v ?? 0)).toBeGreaterThan(0);
            if (share(now) < 1) expect(Math.min(running.blue, stage.blue.v ?? 0)).toBeGreaterThan(0);
          }
          if (deployment.outcome === "Deployed") expect([last?.blue.v, last?.green.v]).toEqual([0, all]);
          else expect([deployment.outcome, last?.blue.v, last?.green.v]).toEqual(["RolledBack", old, 0]);
        },
      ),
    );
  });
});
