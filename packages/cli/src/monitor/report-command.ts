import { mkdirSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import type { CommandContext } from "../command";
import type { CloudOptions } from "../options/cloud-options";
import { withSession } from "../session";
import { count, percent, table } from "../terminal/format";
import { type JudgeOptions, judge } from "./judge";
import { reportPage } from "./page/page";
import { driftOf, type MonitorReport, withoutName } from "./report";
import { mark } from "./run-command";
import { sessionTime } from "./session-time";
import { writeWhole } from "./write-whole";

/** Options of `sagewright monitor report`. */
export interface ReportOptions extends CloudOptions, JudgeOptions {
  out?: string;
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
      const { report } = await judge(session, context, word, await sessionTime(session));
      const usual = join(
        session.stateDir,
        "reports",
        `monitor-${report.model.group}-${report.window.to.slice(0, 10)}.html`,
      );
      const file = options.out === undefined ? usual : resolve(cwd, options.out);
      mkdirSync(dirname(file), { recursive: true });
      writeWhole(file, reportPage(report));
      output.document({ ...report, file });
      for (const line of textReport(report)) output.line(line);
      output.line(`report   ${file}`);
    },
    { reading: true },
  );
}

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
    `${report.model.group}/${report.model.version}, ${window.from.slice(0, 16)} to ${window.to.slice(0, 16)} UTC, ${count(drift.rows)} predictions`,
    ...table([head, ...rows], { right: [2, 3, 4, 5] }),
    ...drift.quality.map(({ severity, sentence }) => `! ${severity}: ${sentence}`),
    "",
  ];
}
