import { existsSync, mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { compareWithBaseline, type DriftOptions, mergeSummaries, type Summary } from "@sagewright/monitoring";
import type { CommandContext } from "../command";
import { CliError } from "../errors";
import { lockOutput } from "../scoring/lock";
import type { Session } from "../session";
import { count, plural } from "../terminal/format";
import { alertStates } from "./alert-memory";
import { alertLines } from "./alerts";
import { captureSource, placeOf } from "./capture-files";
import { type Gathered, gather } from "./gather";
import { HourFiles } from "./hour-files";
import { performanceOf } from "./performance";
import { usualPlaces } from "./places";
import { ReadMarks } from "./read-marks";
import { type MonitorReport, monitorReport } from "./report";
import { type SpanOptions, spanOf } from "./span";
import { openWatched, type WatchedVersion } from "./watched";

/** Options of the commands that judge a window. */
export interface JudgeOptions extends SpanOptions {
  /** Where captures are. @default the serving folder's */
  captures?: string;
  /** Where true outcomes are. @default the serving folder's */
  groundTruth?: string;
  /** Every capture is read anew. */
  again?: boolean;
}

/** A window that has been judged. */
export interface Judged {
  readonly report: MonitorReport;
  readonly watched: WatchedVersion;
  readonly gathered: Gathered;
  /** The window's predictions, and what counted as drift of them. */
  readonly summary: Summary;
  readonly rules: DriftOptions;
}

/** Reads what is new of a model's captures, and judges a window of them. */
export async function judge(
  session: Session,
  { options, output, signal, cwd }: CommandContext<JudgeOptions>,
  word: string | undefined,
  now: Date,
): Promise<Judged> {
  const window = spanOf(options, now, session.environment?.monitoring?.driftWindowDays);
  const watched = await openWatched(session, word);
  const { details, baseline, contract } = watched;
  const paths = usualPlaces(session, details.group);
  const place = options.captures ?? paths.captures;
  const folder = join(session.stateDir, "monitoring", details.group);
  mkdirSync(folder, { recursive: true });
  const own = join(folder, `${details.version}-${baseline.sha256.slice(0, 12)}`);
  const hours = new HourFiles(own, baseline);
  const release = taken(own, now);
  let gathered: Gathered;
  tellOfMissing(output, cwd, options);
  try {
    if (options.again === true) hours.clear();
    const marks = new ReadMarks(join(own, "read.json"));
    const source = captureSource(placeOf(cwd, place), session);
    gathered = await gather({ baseline, contract, version: details.version, hours, marks, source, now, signal });
  } finally {
    release();
  }
  tellOfGathering(output, details, gathered, session.again);
  const outcomes = captureSource(placeOf(cwd, options.groundTruth ?? paths.groundTruth), session);
  const measured = await performanceOf({ watched, hours, window, groundTruth: outcomes });
  const { performance, history, latest, refusedLabels } = measured;
  if (history.orphans > 0 && history.overall.labelled === 0 && history.overall.predictions > 0)
    output.progress(
      `! none of ${plural(history.orphans, "outcome")} on record belongs to a prediction of this version`,
    );
  const summary = mergeSummaries(baseline, hours.summaries(window), window);
  const rules = driftRules(session);
  if (refusedLabels > 0) output.progress(`! ${plural(refusedLabels, "outcome")} on record are no labels of this model`);
  const report = monitorReport({
    model: { group: details.group, version: details.version, arn: details.arn },
    window,
    madeAt: now.toISOString(),
    drift: compareWithBaseline({ baseline, contract, summary }, rules),
    performance,
    history,
    latest,
    alerts: alertLines(await alertStates(session), window),
    importance: watched.importance,
    again: session.again,
  });
  return { report, watched, gathered, summary, rules };
}

/** A folder that somebody names and that is not there is no window without predictions. */
function tellOfMissing(output: CommandContext["output"], cwd: string, { captures, groundTruth }: JudgeOptions): void {
  for (const [option, place] of Object.entries({ "--captures": captures, "--ground-truth": groundTruth })) {
    if (place === undefined || place.startsWith("s3:") || existsSync(resolve(cwd, place))) continue;
    output.progress(`! ${option} ${place}: there is no such folder (${resolve(cwd, place)})`);
  }
}

/** One process at a time adds to a version's summaries. */
function taken(folder: string, now: Date): () => void {
  try {
    return lockOutput(folder, () => now.getTime());
  } catch (error) {
    if (!(error instanceof CliError) || error.code !== "output_locked") throw error;
    throw new CliError({
      ...error.explanation,
      code: "monitor_running",
      message: "another process is reading these captures now",
      fix: "wait for it, then run the command again",
    });
  }
}

/** What the environment says counts as drift. */
function driftRules({ environment }: Session): DriftOptions {
  const { falseAlarmShare, minimumSample } = environment?.monitoring ?? {};
  return {
    ...(falseAlarmShare === undefined ? {} : { significance: falseAlarmShare }),
    ...(minimumSample === undefined ? {} : { minimumRows: minimumSample }),
  };
}

function tellOfGathering(
  output: CommandContext["output"],
  { group, version }: WatchedVersion["details"],
  { predictions, files, others, foreign, damaged }: Gathered,
  again: string,
): void {
  const read =
    files === 0 ? "nothing new was captured" : `${plural(predictions, "new prediction")} in ${plural(files, "file")}`;
  output.progress(`${group}/${version}: ${read}`);
  for (const [other, rows] of Object.entries(others))
    output.progress(
      `· ${count(rows)} of version ${other} have a baseline of their own: sagewright monitor report ${group}/${other}${again}`,
    );
  if (foreign > 0) output.progress(`· ${count(foreign)} of another model were left alone`);
  for (const name of damaged) output.progress(`! ${name} ends in the middle; what is whole was read`);
}
