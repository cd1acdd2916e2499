import type { ExecutionEvent, StepView } from "@sagewright/sagemaker";
import { advance, nothingStarted, plainLine, progressLines, withLogLine } from "../../src/runs/progress";

const at = new Date(2026, 10, 21, 9, 0, 5);
const step = (view: Partial<StepView>): ExecutionEvent =>
  ({
    type: "step",
    at,
    step: { name: "Prepare", state: "running", seconds: 0, attempts: 1, ...view },
  }) as ExecutionEvent;

test("a list of steps, started or not, with their states, times and best trial", () => {
  const started = new Date(at.getTime() - 1500);
  const tuning = {
    type: "tuning",
    at,
    step: "Tune",
    progress: {
      total: 3,
      completed: 1,
      inProgress: 1,
      failed: 1,
      stopped: 0,
      best: { trainingJob: "t", metric: "validation:auc", value: 0.82078, parameters: { max_depth: "3" } },
    },
  } as unknown as ExecutionEvent;
  const events = [
    step({ state: "succeeded", startedAt: started, endedAt: at }),
    step({ name: "Tune", startedAt: started }),
    tuning,
    step({
      name: "TooWeak",
      state: "failed",
      startedAt: at,
      endedAt: at,
      reason: "ClientError: ROC AUC 0.61234567 is below 0.7",
    }),
  ];
  const progress = events.reduce(advance, nothingStarted(["Prepare", "Tune", "Gate"]));
  expect(progressLines(progress, at.getTime())).toEqual([
    "✓ Prepare  done        1.5 s",
    "▸ Tune     running     1.5 s  2 of 3 trials (1 failed), best validation:auc 0.8208 (max_depth 3)",
    "· Gate",
    "✗ TooWeak  failed       0 ms  ROC AUC 0.6123 is below 0.7",
  ]);
});

test("plain lines carry the time of day, and say how a condition was decided", () => {
  expect(plainLine(step({}))).toBe("09:00:05 Prepare: running");
  expect(plainLine(step({ state: "succeeded", startedAt: new Date(at.getTime() - 40), endedAt: at }))).toBe(
    "09:00:05 Prepare: done after 40 ms",
  );
  expect(plainLine(step({ state: "cached" }))).toBe("09:00:05 Prepare: cached");
  expect(plainLine(step({ name: "Gate", state: "succeeded", outcome: false, startedAt: at, endedAt: at }))).toBe(
    "09:00:05 Gate: not met after 0 ms",
  );
  expect(plainLine({ type: "execution" } as unknown as ExecutionEvent)).toBeUndefined();
});

test("a running step shows the end of its log, one that ended does not", () => {
  const heard = ["first", "  second\n", "", "third"].reduce(
    (progress, message) => withLogLine(progress, { step: "Prepare", message }),
    advance(nothingStarted(["Prepare"]), step({ startedAt: at })),
  );
  expect(progressLines(heard, at.getTime()).slice(1)).toEqual(["    second", "    third"]);
  const ended = advance(heard, step({ state: "succeeded", startedAt: at, endedAt: at }));
  expect(progressLines(ended, at.getTime())).toHaveLength(1);
});

test("a wait says what is waited for, until something is heard again", () => {
  const delay = {
    type: "delay",
    at,
    cause: "credentials",
    message: "The security token is expired",
    retryAfterMs: 15_000,
  } as const;
  const waiting = advance(nothingStarted(["Prepare"]), delay);
  expect(progressLines(waiting, at.getTime()).at(-1)).toMatch(
    /^waiting: the credentials have expired: sign in again .+ \(The security token is expired\)$/,
  );
  expect(plainLine(delay)).toMatch(/^09:00:05 waiting: the credentials have expired/);
  expect(progressLines(advance(waiting, step({ startedAt: at })), at.getTime())).toHaveLength(1);
});
