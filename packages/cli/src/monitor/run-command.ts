import type { AlertRouter, RetrainingOutcome } from "@sagewright/monitoring";
import pc from "picocolors";
import type { CommandContext } from "../command";
import type { CloudOptions } from "../options/cloud-options";
import { readyPython } from "../runs/ready-python";
import { type Session, withSession } from "../session";
import { alertStates } from "./alert-memory";
import { openRouter } from "./alerts";
import { type Judged, type JudgeOptions, judge } from "./judge";
import { writeMetrics } from "./metrics-file";
import { challenge } from "./retraining/challenger";
import { type RetrainingVerdict, retrainingOf } from "./retraining/decision";
import type { MergedData } from "./retraining/merged-data";
import { freshData } from "./retraining/plan";
import { startRetraining } from "./retraining/retrain-command";
import { sessionTime } from "./session-time";
import { tellOutcome, tellPeople } from "./tell";
import { waitingLines, waitingMessages } from "./waiting";

/** Options of `sagewright monitor run`. */
export interface RunOptions extends CloudOptions, JudgeOptions {
  /** A version that a training made takes over when the gate lets it. */
  promote?: boolean;
}

/** `sagewright monitor run`: what is new is read and judged; whoever is to be told is told; a training is started. */
export async function runCommand(context: CommandContext<RunOptions>, word: string | undefined): Promise<undefined> {
  await withSession(
    context,
    async (session) => {
      const { output, signal } = context;
      const now = await sessionTime(session);
      const judged = await judge(session, context, word, now);
      const { report, gathered } = judged;
      writeMetrics(session.stateDir, report);
      output.line(`${mark(report.verdict)} ${report.sentence}`);
      output.line(`Next: ${report.next}`);
      const router = await openRouter(session, output, report.model.group);
      const told =
        router === undefined
          ? null
          : await tellPeople(router, report, {
              signal,
              labelDelayDays: session.environment?.monitoring?.labelDelayDays,
            });
      if (told !== null && told.waiting > 0)
        for (const line of waitingLines(await waitingMessages(session, await alertStates(session)))) output.line(line);
      const retraining = await retrain(context, session, { judged, router, now });
      const { predictions, files, others } = gathered;
      output.document({
        model: report.model,
        window: report.window,
        read: { predictions, files, others },
        verdict: report.verdict,
        sentence: report.sentence,
        next: report.next,
        drifted: report.drift.features.filter(({ verdict }) => verdict === "drift").map(({ feature }) => feature),
        told,
        retraining,
      });
    },
    { reading: true },
  );
}

interface Asked {
  readonly judged: Judged;
  readonly router: AlertRouter | undefined;
  readonly now: Date;
}

/** What came of the wish for a training. */
interface Retrained {
  readonly decision:
    | RetrainingVerdict["decision"]
    | { readonly start: false; readonly rule: "nothing_new"; readonly because: string };
  readonly executionArn?: string;
  /** @default absent where no training was started */
  readonly data?: MergedData;
  /** @default absent where the run goes on without this command */
  readonly outcome?: RetrainingOutcome;
}

/** Follows the environment's retraining rules. @returns null when it has none, or the report asks for no training */
async function retrain(
  context: CommandContext<RunOptions>,
  session: Session,
  { judged: { report, watched }, router, now }: Asked,
): Promise<Retrained | null> {
  const { output, options, cwd } = context;
  const rules = session.environment?.retraining;
  if (rules === undefined) return null;
  const embedded = session.cloud !== undefined;
  // On AWS the calendar is EventBridge Scheduler's.
  const asked = await retrainingOf(session.clients, report, { rules, now, ...(embedded ? { calendar: rules } : {}) });
  if (asked === undefined) return null;
  const { decision } = asked;
  if (!decision.start) {
    output.line(`· no training: ${decision.because}`);
    return { decision };
  }
  const { group } = report.model;
  const { executionArn, data } = await startRetraining(session.clients, {
    group,
    reason: decision.because,
    token: decision.token,
    ready: async () => (embedded ? readyPython((line) => output.progress(line)) : undefined),
    data: freshData(session, { group, cwd, places: options, contract: watched.contract }),
    onlyFresh: true,
  });
  if (executionArn === undefined) {
    const because = `There is nothing new to learn from: ${data?.sentence}.`;
    output.line(`· no training: ${because}`);
    return { decision: { start: false, rule: "nothing_new", because }, ...(data === undefined ? {} : { data }) };
  }
  output.line(`● training ${group} again because of ${decision.because}`);
  if (data !== undefined) output.line(`  data: ${data.sentence}`);
  const started = { decision, executionArn, ...(data === undefined ? {} : { data }) };
  if (!embedded) return started;
  const outcome = await challenge(context, session, {
    group,
    executionArn,
    because: decision.because,
    promote: options.promote === true,
  });
  if (router !== undefined) await tellOutcome(router, outcome, { ...context, now: await sessionTime(session) });
  output.line(outcomeLine(outcome, session.again));
  return { ...started, outcome };
}

function outcomeLine({ run, model, result }: RetrainingOutcome, again: string): string {
  if (result.kind === "promoted") return `${pc.green("✓")} ${model}/${result.version} takes over`;
  if (result.kind === "waiting") {
    const name = `${model}/${result.version}`;
    return `· ${name} passes the gate and waits for its approval: sagewright models approve ${name}${again}`;
  }
  if (result.kind === "kept") return `· ${model} stays as it is: ${result.reason}`;
  return `${pc.red("✗")} run ${run} failed: ${result.reason}`;
}

/** The verdict's sign. */
export function mark(verdict: "attention" | "in_order" | "unknown"): string {
  if (verdict === "attention") return pc.yellow("▲");
  return verdict === "in_order" ? pc.green("✓") : pc.dim("○");
}
