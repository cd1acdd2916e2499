import { mkdirSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { modelMonitorDocuments } from "@sagewright/monitoring";
import type { CommandContext } from "../command";
import type { CloudOptions } from "../options/cloud-options";
import { withSession } from "../session";
import { count, percent, table } from "../terminal/format";
import { type Judged, type JudgeOptions, judge } from "./judge";
import { reportPage } from "./page/page";
import { driftOf, type MonitorReport, withoutName } from "./report";
import { mark } from "./run-command";
import { sessionTime } from "./session-time";
import { writeWhole } from "./write-whole";

/** Options of `sagewright monitor report`. */
export interface ReportOptions extends CloudOptions, JudgeOptions {
  out?: string;
  /** Folder for the window in the shapes of Model Monitor's documents. @default none are written */
  modelMonitor?: string;
}

/** `sagewright monitor report`: the verdict, a table, and one HTML file. */
export async function reportCommand(
  context: CommandContext<ReportOptions>,
  word: string | undefined,
): Promise<undefined> {
  await withSession(
    context,
    async (session) => {
      const { options, output, cwd } = context;
      const judged = await judge(session, context, word, await sessionTime(session));
      const { report } = judged;
      const usual = join(
        session.stateDir,
        "reports",
        `monitor-${report.model.group}-${report.window.to.slice(0, 10)}.html`,
      );
      const file = options.out === undefined ? usual : resolve(cwd, options.out);
      mkdirSync(dirname(file), { recursive: true });
      writeWhole(file, reportPage(report));
      const documents = options.modelMonitor === undefined ? undefined : resolve(cwd, options.modelMonitor);
      if (documents !== undefined) writeDocuments(documents, judged);
      output.document({ ...report, file, ...(documents === undefined ? {} : { modelMonitor: documents }) });
      for (const line of textReport(report)) output.line(line);
      output.line(`report   ${file}`);
    },
    { reading: true },
  );
}

/** statistics.json, constraints.json and constraint_violations.json, for what already reads those of SageMaker. */
function writeDocuments(folder: string, { watched, summary, report, rules }: Judged): void {
  const { baseline, contract } = watched;
  mkdirSync(folder, { recursive: true });
  const documents = modelMonitorDocuments({ baseline, contract, summary, report: report.drift, rules });
  for (const [name, document] of Object.entries(documents))
    writeWhole(join(folder, name), `${JSON.stringify(document, null, 2)}\n`);
}

const minute = (iso: string): string => iso.slice(0, 16).replace("T", " ");

/** The report for a terminal: the verdict first. */
export function textReport(report: MonitorReport): string[] {
  const { drift, window } = report;
  const rows = report.features.map(({ feature, importance }) => {
    const found = driftOf(report, feature);
    const statistics = found.statistics;
    return [
      found.verdict === "drift" ? `${found.severity ?? ""} drift`.trim() : found.verdict.replaceAll("_", " "),
      feature,
      statistics === undefined ? "" : statistics.psi.toFixed(3),
      statistics === undefined ? "" : statistics.psiNoise.toFixed(3),
      importance === null ? "" : percent(importance),
      count(found.rows),
      withoutName(found),
    ];
  });
  const head = ["STATE", "FEATURE", "PSI", "CHANCE", "IMPORTANCE", "N", "WHAT HAPPENED"];
  return [
    `${mark(report.verdict)} ${report.sentence}`,
    `Next: ${report.next}`,
    "",
    `${report.model.group}/${report.model.version}, ${minute(window.from)} to ${minute(window.to)} UTC, ${count(drift.rows)} predictions`,
    ...table([head, ...rows], { right: [2, 3, 4, 5] }),
    ...drift.quality.map(({ severity, sentence }) => `! ${severity}: ${sentence}`),
    "",
  ];
}
