import type { ExecutionEvent, StepState, StepView, TuningProgress } from "@sagewright/sagemaker";
import pc from "picocolors";
import { duration } from "../terminal/format";
import { readFailure } from "./failure";

/** What is known of a running execution: the steps in the definition's order, started or not. */
export interface Progress {
  readonly names: readonly string[];
  readonly steps: ReadonlyMap<string, StepView>;
  readonly tuning: ReadonlyMap<string, TuningProgress>;
  /** The last lines of each step's log. @default none were heard */
  readonly logs?: ReadonlyMap<string, readonly string[]>;
  /** What is waited for at the moment. @default nothing */
  readonly delay?: Delay;
}

type Delay = Extract<ExecutionEvent, { type: "delay" }>;

/** A wait, as far as it is told. */
export type Wait = Pick<Delay, "cause" | "message">;

const LOG_LINES = 2;
const LOG_WIDTH = 100;

/** Progress before anything has started. */
export function nothingStarted(names: readonly string[]): Progress {
  return { names, steps: new Map(), tuning: new Map() };
}

/** Progress after a line of a step's log. */
export function withLogLine(progress: Progress, { step, message }: { step: string; message: string }): Progress {
  const text = message.replace(/\s+/g, " ").trim();
  if (text === "") return progress;
  const lines = [...(progress.logs?.get(step) ?? []), text.slice(0, LOG_WIDTH)].slice(-LOG_LINES);
  return { ...progress, logs: new Map(progress.logs).set(step, lines) };
}

/** Progress after one more event. */
export function advance(before: Progress, event: ExecutionEvent): Progress {
  if (event.type === "delay") return { ...before, delay: event };
  const { delay: _, ...progress } = before;
  if (event.type === "step") {
    const names = progress.names.includes(event.step.name) ? progress.names : [...progress.names, event.step.name];
    return { ...progress, names, steps: new Map(progress.steps).set(event.step.name, event.step) };
  }
  if (event.type === "tuning") return { ...progress, tuning: new Map(progress.tuning).set(event.step, event.progress) };
  return progress;
}

const look: Record<StepState | "waiting", { icon: string; word: string; paint: (text: string) => string }> = {
  waiting: { icon: "·", word: "", paint: pc.dim },
  running: { icon: "▸", word: "running", paint: pc.cyan },
  succeeded: { icon: "✓", word: "done", paint: pc.green },
  cached: { icon: "✓", word: "cached", paint: pc.green },
  failed: { icon: "✗", word: "failed", paint: pc.red },
  stopping: { icon: "▪", word: "stopping", paint: pc.yellow },
  stopped: { icon: "▪", word: "stopped", paint: pc.yellow },
};

/**
 * One line a step, for a terminal that redraws.
 *
 * @param now - epoch milliseconds, for the time of running steps
 */
export function progressLines(progress: Progress, now: number): string[] {
  const width = Math.max(...progress.names.map((name) => name.length), 0);
  const lines = progress.names.flatMap((name) => {
    const step = progress.steps.get(name);
    const log = step?.state === "running" ? (progress.logs?.get(name) ?? []) : [];
    return [
      stepLine(name.padEnd(width), step, progress.tuning.get(name), now),
      ...log.map((line) => `    ${pc.dim(line)}`),
    ];
  });
  return progress.delay === undefined ? lines : [...lines, pc.yellow(delayText(progress.delay))];
}

const delayWords: Record<Delay["cause"], string> = {
  credentials:
    "the credentials have expired: sign in again (aws sso login), here or elsewhere. The run goes on, and so does this as soon as they are good",
  throttled: "the account's request limit is reached; asking less often",
  server: "the service has a fault; asking again",
  network: "no connection; asking again",
};

/** What is waited for, and what to do about it where something can be done. */
export function delayText({ cause, message }: Wait): string {
  return `waiting: ${delayWords[cause]} (${oneLine(message)})`;
}

/** The line of one event, for an output that is no terminal; nothing for events that say nothing new. */
export function plainLine(event: ExecutionEvent): string | undefined {
  if (event.type === "step") {
    const { name, state, reason } = event.step;
    const passed = outcome(event.step);
    const time = state === "running" ? "" : ` after ${duration(stepMilliseconds(event.step, event.at.getTime()))}`;
    return `${clock(event.at)} ${name}: ${passed || look[state].word || state}${state === "cached" ? "" : time}${reason === undefined ? "" : `. ${oneLine(reason)}`}`;
  }
  if (event.type === "tuning" && event.progress.completed > 0)
    return `${clock(event.at)} ${event.step}: ${trials(event.progress)}`;
  if (event.type === "delay") return `${clock(event.at)} ${delayText(event)}`;
  return undefined;
}

function stepLine(name: string, step: StepView | undefined, tuning: TuningProgress | undefined, now: number): string {
  const { icon, word, paint } = look[step?.state ?? "waiting"];
  const time = step === undefined || step.state === "cached" ? "" : duration(stepMilliseconds(step, now));
  const note =
    step?.state === "failed" ? oneLine(step.reason ?? "") : tuning === undefined ? outcome(step) : trials(tuning);
  return `${paint(icon)} ${step === undefined ? pc.dim(name) : name}  ${paint(word.padEnd(8))} ${time.padStart(8)}  ${pc.dim(note)}`.trimEnd();
}

/** A reason's first line; the rest is shown where the run ends. */
function oneLine(reason: string): string {
  return readFailure(reason).message.split("\n")[0] ?? "";
}

function outcome(step: StepView | undefined): string {
  return step?.outcome === undefined ? "" : step.outcome ? "passed" : "not met";
}

function stepMilliseconds(step: StepView, now: number): number {
  if (step.startedAt === undefined) return step.seconds * 1000;
  return Math.max(0, (step.endedAt?.getTime() ?? now) - step.startedAt.getTime());
}

function trials({ completed, failed, total, best }: TuningProgress): string {
  const done = `${completed + failed} of ${total} trials${failed > 0 ? ` (${failed} failed)` : ""}`;
  if (best === undefined) return done;
  const parameters = Object.entries(best.parameters).map(([name, value]) => `${name} ${value}`);
  return `${done}, best ${best.metric} ${best.value.toFixed(4)} (${parameters.join(", ")})`;
}

function clock(at: Date): string {
  return at.toTimeString().slice(0, 8);
}
