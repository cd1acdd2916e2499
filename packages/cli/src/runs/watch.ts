import type { ExecutionEvent } from "@sagewright/sagemaker";
import { watchExecution } from "@sagewright/sagemaker";
import { CliError } from "../errors";
import { exitCodes } from "../exit-codes";
import type { Session } from "../session";
import type { Output } from "../terminal/output";
import { LogTail, type TailLine } from "./log-tail";
import { advance, nothingStarted, type Progress, plainLine, progressLines, withLogLine } from "./progress";
import { runId } from "./report-file";

const REDRAW_MS = 100;

/** What to watch and where to show it. */
export interface WatchedRun {
  session: Session;
  executionArn: string;
  /** Names of the definition's steps, in order, to show what is still to come. */
  steps: readonly string[];
  output: Output;
  signal: AbortSignal;
  /** Told of everything, with the steps as they are. @default nobody is */
  see?: (event: ExecutionEvent, steps: Progress["steps"]) => Promise<void>;
}

/**
 * Shows an execution to its end: a list that redraws on a terminal, a line an event elsewhere.
 *
 * @throws CliError `interrupted` on Ctrl-C where the run goes on without this command
 */
export async function watchRun({ session, executionArn, steps, output, signal, see }: WatchedRun): Promise<void> {
  const { clients } = session;
  let progress = nothingStarted(steps);
  const view = output.live ? await liveView(output, () => progress) : undefined;
  const heard = (line: TailLine) => {
    progress = withLogLine(progress, line);
    output.event({ event: "log", ...line });
  };
  const tail = output.live || output.mode === "lines" ? new LogTail(clients, heard) : undefined;
  try {
    for await (const event of watchExecution(clients, executionArn, { signal })) {
      const known = isKnown(progress, event);
      progress = advance(progress, event);
      tail?.see(event);
      await see?.(event, progress.steps);
      output.event({ event: event.type, ...serialisable(event) });
      const line = view === undefined && !known ? plainLine(event) : undefined;
      if (line !== undefined) output.progress(line);
    }
  } catch (error) {
    throw signal.aborted && session.cloud === undefined ? leftRunning(session, executionArn) : error;
  } finally {
    await tail?.end();
    view?.end();
  }
}

/** On AWS a run does not end with the command that watches it. */
function leftRunning({ place, again }: Session, executionArn: string): CliError {
  const id = runId(executionArn);
  return new CliError({
    code: "interrupted",
    subject: id,
    message: `no longer watched; the run goes on, on ${place}`,
    fix: `watch it again: sagewright runs watch ${id}${again}; end it: sagewright runs stop ${id}${again}`,
    exitCode: exitCodes.interrupted,
  });
}

/** Whether a plain line about this was printed already: a step in the same state, trials of the same count, the same wait. */
function isKnown(progress: Progress, event: ExecutionEvent): boolean {
  if (event.type === "step") return progress.steps.get(event.step.name)?.state === event.step.state;
  if (event.type === "delay") return progress.delay?.cause === event.cause;
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
