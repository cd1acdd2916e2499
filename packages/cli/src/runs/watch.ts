import type { Clients, ExecutionEvent } from "@sagewright/sagemaker";
import { watchExecution } from "@sagewright/sagemaker";
import type { Output } from "../terminal/output";
import { advance, nothingStarted, type Progress, plainLine, progressLines } from "./progress";

const REDRAW_MS = 100;

/** What to watch and where to show it. */
export interface WatchedRun {
  clients: Clients;
  executionArn: string;
  /** Names of the definition's steps, in order, to show what is still to come. */
  steps: readonly string[];
  output: Output;
  signal: AbortSignal;
}

/** Shows an execution to its end: a list that redraws on a terminal, a line an event elsewhere. */
export async function watchRun({ clients, executionArn, steps, output, signal }: WatchedRun): Promise<void> {
  let progress = nothingStarted(steps);
  const view = output.live ? await liveView(output, () => progress) : undefined;
  try {
    for await (const event of watchExecution(clients, executionArn, { signal })) {
      const known = isKnown(progress, event);
      progress = advance(progress, event);
      output.event({ event: event.type, ...serialisable(event) });
      const line = view === undefined && !known ? plainLine(event) : undefined;
      if (line !== undefined) output.progress(line);
    }
  } finally {
    view?.end();
  }
}

/** Whether a plain line about this was printed already: a step in the same state, trials of the same count. */
function isKnown(progress: Progress, event: ExecutionEvent): boolean {
  if (event.type === "step") return progress.steps.get(event.step.name)?.state === event.step.state;
  if (event.type !== "tuning") return false;
  const before = progress.tuning.get(event.step);
  const ended = (tuning: typeof before) => (tuning === undefined ? 0 : tuning.completed + tuning.failed);
  return ended(before) === ended(event.progress);
}

async function liveView(output: Output, current: () => Progress): Promise<{ end(): void }> {
  const { createLogUpdate } = await import("log-update");
  const update = createLogUpdate(output.progressStream as NodeJS.WriteStream);
  const draw = () => update(progressLines(current(), Date.now()).join("\n"));
  const timer = setInterval(draw, REDRAW_MS);
  draw();
  return {
    end() {
      clearInterval(timer);
      draw();
      update.done();
    },
  };
}

function serialisable(event: ExecutionEvent): object {
  const { type: _, ...rest } = event;
  return rest;
}
