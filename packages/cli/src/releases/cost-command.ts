import { parseDefinition } from "@sagewright/pipeline";
import {
  cheapestModes,
  defaultUsage,
  estimateMonth,
  type MonthlyCost,
  pipelineJobs,
  priceTable,
  type Usage,
} from "@sagewright/sagemaker";
import pc from "picocolors";
import type { CommandContext } from "../command";
import { usageError } from "../errors";
import { count, plural, table } from "../terminal/format";
import { definitionOf } from "./definition-source";

/** Options of `sagewright cost`, as they are typed. */
interface CostOptions {
  contract?: string;
  predictions?: string;
  runs?: string;
  jobMinutes?: string;
  instance?: string;
  instances?: string;
  gateway?: "http" | "rest";
}

/** `sagewright cost`: a month in every mode of serving, side by side. */
export function costCommand({ output, options, cwd }: CommandContext<CostOptions>, word: string): undefined {
  const { name, json } = definitionOf(cwd, word, options.contract === undefined ? {} : { contract: options.contract });
  const usage = usageOf(options, pipelineJobs(parseDefinition(json)));
  const months = estimateMonth(usage, priceTable);
  const cheapest = cheapestModes(usage, priceTable);
  const atEndpoint = cheapestModes(usage, priceTable, ["endpoint", "serverless"]);
  const { reference, date, source } = priceTable;
  output.document({
    pipeline: name,
    usage,
    months,
    cheapest,
    cheapestWithoutEmbedded: atEndpoint,
    reference,
    date,
    source,
  });
  for (const line of monthTable(months)) output.line(line);
  output.line();
  output.line(`${pc.dim("cheapest   ")} ${rangeText(cheapest)}`);
  output.line(`${pc.dim("endpoints  ")} ${rangeText(atEndpoint)}`);
  output.line(
    `${pc.dim("reference  ")} $${reference.perMonth} a month for ${count(reference.predictions)} predictions${against(usage, months, reference)}`,
  );
  const machines = usage.jobs.reduce((sum, { machines }) => sum + machines, 0);
  output.line(
    `${pc.dim("assumed    ")} ${count(usage.predictions)} predictions, ${plural(usage.runs, "run")} of ${plural(machines, "job")} of ${usage.jobMinutes} min; see --json for the rest`,
  );
  output.line(`${pc.dim("prices     ")} ${source}, ${date}`);
}

function monthTable(months: readonly MonthlyCost[]): string[] {
  const rows = ["training", "hosting", "lambda", "gateway", "storage", "watching", "total"] as const;
  const cells = rows.map((row) => [row, ...months.map((month) => `$${month[row].toFixed(2)}`)]);
  return table([["A MONTH", ...months.map(({ mode }) => mode)], ...cells], { right: [1, 2, 3] });
}

function rangeText(ranges: ReturnType<typeof cheapestModes>): string {
  const [first, ...more] = ranges;
  if (more.length === 0) return `${first?.mode} at any traffic`;
  return [`${first?.mode}`, ...more.map(({ mode, from }) => `${mode} from ${count(from)} predictions a month`)].join(
    ", ",
  );
}

/** How far below the reference each mode is; only for the reference's own traffic. */
function against(usage: Usage, months: readonly MonthlyCost[], reference: typeof priceTable.reference): string {
  if (usage.predictions !== reference.predictions) return "";
  const parts = months.map(({ mode, total }) => `${mode} ${percentOf(total, reference.perMonth)}`);
  return `; ours: ${parts.join(", ")} of that`;
}

function percentOf(part: number, whole: number): string {
  return `${((part / whole) * 100).toFixed(1)} %`;
}

function usageOf(options: CostOptions, jobs: Usage["jobs"]): Usage {
  const { hosting, predictions, runs, jobMinutes, gateway } = defaultUsage;
  return {
    ...defaultUsage,
    jobs,
    predictions: amount("--predictions", options.predictions, predictions),
    runs: amount("--runs", options.runs, runs),
    jobMinutes: amount("--job-minutes", options.jobMinutes, jobMinutes),
    gateway: options.gateway ?? gateway,
    hosting: {
      instance: options.instance ?? hosting.instance,
      instances: amount("--instances", options.instances, hosting.instances),
    },
  };
}

function amount(option: string, text: string | undefined, otherwise: number): number {
  const value = Number(text?.replaceAll(/[,_]/g, "") ?? otherwise);
  if (text?.trim() === "" || !Number.isFinite(value) || value < 0)
    throw usageError(`${option}: '${text}' is no amount`, "give a number from 0 up, such as 100000");
  return value;
}
