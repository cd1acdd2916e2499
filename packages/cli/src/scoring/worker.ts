import { parentPort, workerData } from "node:worker_threads";
import type { ScoringPlan, ScoringTask } from "./plan";
import { UnreadableBytes } from "./rows";
import { type TaskScorer, taskScorer } from "./task";

/** The program of one scoring thread: answers every task with what it made of it, or why it could not. */
let scorer: Promise<TaskScorer> | undefined;

parentPort?.on("message", async ({ id, task }: { id: number; task: ScoringTask }) => {
  try {
    scorer ??= taskScorer(workerData as ScoringPlan);
    const result = await (await scorer)(task);
    parentPort?.postMessage({ id, result }, [result.output.buffer]);
  } catch (error) {
    const { code, message, stack } = error as Error & { code?: string };
    parentPort?.postMessage({ id, failure: { code, message, stack, unreadable: error instanceof UnreadableBytes } });
  }
});
